"""Settings: from the environment, refused by name, and found again by other commands."""

from pathlib import Path

import pytest

from lakeloop_stack.machine.settings import (
    ROOT,
    StackSettings,
    StackSettingsError,
    joined,
    keep,
    read_settings,
    running_settings,
    stack_file,
)


def test_defaults_are_those_of_the_documentation() -> None:
    settings = read_settings()
    assert settings.home == ROOT / "var"
    assert list(settings.ports.values()) == [9500, 5500, 8443, 8080, 15002, 15270]


def test_ports_of_real_time_count_where_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Redis on 6379 is nothing to a stack that starts none."""
    monkeypatch.setenv("LAKELOOP_REALTIME", "true")
    assert list(read_settings().ports.values())[-6:] == [9092, 9093, 6379, 8090, 9400, 8100]
    assert read_settings(realtime=False, redis_port=9500).redis_port == 9500
    with pytest.raises(StackSettingsError, match="LAKELOOP_S3_PORT and LAKELOOP_REDIS_PORT are both 9500"):
        read_settings(redis_port=9500)


def test_every_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in StackSettings.model_fields if f"`LAKELOOP_{name.upper()}`" not in readme]
    assert missing == []


def test_a_relative_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings(home="here").home == tmp_path / "here"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LAKELOOP_S3_PORT", "high", r"LAKELOOP_S3_PORT is 'high'.*integer"),
        ("LAKELOOP_AIRFLOW_PORT", "80", r"LAKELOOP_AIRFLOW_PORT is '80'.*1024"),
        ("LAKELOOP_SPARK_MEMORY", "2 GB", r"LAKELOOP_SPARK_MEMORY is '2 GB'"),
        ("LAKELOOP_S3PORT", "9501", r"LAKELOOP_S3PORT is no setting; did you mean LAKELOOP_S3_PORT\?"),
        ("LAKELOOP_READY_SECONDS", "0", r"LAKELOOP_READY_SECONDS is '0'"),
        ("LAKELOOP_KAFKA_SECURITY", "tls", r"LAKELOOP_KAFKA_SECURITY is 'tls'.*'sasl_ssl'"),
        ("LAKELOOP_REALTIME", "perhaps", r"LAKELOOP_REALTIME is 'perhaps'.*boolean"),
        ("LAKELOOP_S3_PORT", "5500", r"LAKELOOP_S3_PORT and LAKELOOP_MLFLOW_PORT are both 5500"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StackSettingsError, match=told):
        read_settings()


@pytest.mark.parametrize("letter", list(":,?#$;\n"))
def test_a_home_that_no_conf_file_can_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, letter: str
) -> None:
    monkeypatch.setenv("LAKELOOP_HOME", str(tmp_path / f"my{letter}home"))
    with pytest.raises(
        StackSettingsError, match=r"LAKELOOP_HOME is .*: a path with .* choose a folder without"
    ):
        read_settings()


def test_patience_is_a_commands_own_and_not_the_running_stacks(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(read_settings(ready_seconds=5))
    assert "ready_seconds" not in stack_file(home).read_text()
    monkeypatch.setenv("LAKELOOP_READY_SECONDS", "7")
    assert running_settings().ready_seconds == 7


def test_other_commands_find_the_settings_of_the_running_stack(home: Path) -> None:
    keep(read_settings(s3_port=9700))
    assert running_settings().s3_port == 9700
    assert running_settings().home == home


def test_without_a_stack_they_are_those_of_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKELOOP_S3_PORT", "9800")
    assert running_settings().s3_port == 9800


def test_what_nobody_chose_is_as_the_running_stack_has_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(read_settings(s3_port=9700, derby_port=9701, ready_seconds=5))
    monkeypatch.setenv("LAKELOOP_READY_SECONDS", "7")
    monkeypatch.setenv("LAKELOOP_S3_PORT", "9800")

    found = joined(read_settings())

    assert (found.s3_port, found.derby_port, found.ready_seconds, found.home) == (9800, 9701, 7, home)


@pytest.mark.parametrize("damage", ["{", '{"s3_prt": 1}', "[]"])
def test_a_damaged_stack_file_is_named(home: Path, damage: str) -> None:
    stack_file(home).write_text(damage)
    with pytest.raises(StackSettingsError, match=r"stack\.json is damaged"):
        running_settings()
