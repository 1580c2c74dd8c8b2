"""Redis' server: the machine's own first, else Debian's packages, checked, or a message that says what to do."""

from hashlib import sha256
from pathlib import Path

import pytest

from lakeloop_stack.machine import redis_server
from lakeloop_stack.machine.redis_server import RedisError, check_sum, ensure_redis


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no program on PATH and nothing in the cache; returns the folder of its programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return programs


def program(folder: Path, name: str, script: str = "exit 0") -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def test_the_machines_own_comes_first(empty: Path) -> None:
    own = program(empty, "redis-server")
    assert ensure_redis(print).program == own
    assert ensure_redis(print).environment == {}


def test_without_it_and_without_apt_a_message_says_what_to_install(empty: Path) -> None:
    with pytest.raises(RedisError, match=r"without apt-get\. Run: .*apt-get install -y redis-server"):
        ensure_redis(print)


def test_what_apt_says_is_told_and_nothing_is_kept(empty: Path, tmp_path: Path) -> None:
    program(empty, "apt-get", "echo 'E: Unable to locate package redis-server' >&2; exit 100")
    program(empty, "dpkg")
    with pytest.raises(RedisError, match=r"status 100: E: Unable to locate package redis-server"):
        ensure_redis(print)
    assert list((tmp_path / "cache" / "lakeloop" / "redis").iterdir()) == []


def test_a_recorded_package_with_another_sum_is_refused(tmp_path: Path) -> None:
    package, sums = tmp_path / "redis-server_7.deb", tmp_path / "sums"
    package.write_bytes(b"evil")
    sums.write_text(f"{sha256(b'good').hexdigest()}  redis-server_7.deb\n")
    with pytest.raises(RedisError, match=rf"SHA-256 {sha256(b'evil').hexdigest()}, expected"):
        check_sum(package, sums)
    package.write_bytes(b"good")
    check_sum(package, sums)


def test_each_package_is_recorded() -> None:
    recorded = [line.split()[1].split("_")[0] for line in redis_server.SUMS_FILE.read_text().splitlines()]
    assert sorted(recorded) == sorted(redis_server.PACKAGES)
