"""A configuration is right, or the message names the file, the field and what was expected."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventscorer.command import main
from eventscorer.config import kafka_settings, read_config
from eventscorer.errors import ConfigError
from eventscorer_testing.definition import COUNTED
from eventscorer_testing.topics import NAMES, SCHEMA

REDIS = {"url": "redis://127.0.0.1:6379/0"}


@pytest.fixture
def right(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "m").mkdir()
    model = {"name": "m", "folder": "m"}
    return {"topic": "t", "group": "g", "schema": SCHEMA, "features": NAMES, "model": model}


def written(folder: Path, config: Any) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps(config))
    return file


def test_topics_and_folder_follow_from_it(tmp_path: Path, right: dict[str, Any]) -> None:
    config = read_config(written(tmp_path, right))
    assert (config.decisions_topic, config.dead_letters_topic) == ("t.decisions", "t.dead_letters")
    assert config.model.folder == tmp_path / "m"


def test_a_definition_names_id_and_time_and_the_state_is_beside_the_file(
    tmp_path: Path, right: dict[str, Any]
) -> None:
    named = {"id": "transaction_id", "time": "event_time"}
    own = {"definition": {**COUNTED, **named}, "features": [], "store": REDIS, "event_time": "at"}
    config = read_config(written(tmp_path, {**right, **own, "model": {"name": "m", "state": "state"}}))
    assert (config.id_field, config.time_field) == ("transaction_id", "at")
    assert config.model.state == tmp_path / "state"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"batch_rows": 0}, r"`int` >= 1 - at `\$.batch_rows`"),
        ({"linger": 5}, "unknown field `linger`"),
        ({"topic": "a b"}, r"at `\$.topic`"),
        ({"model": {"name": "m"}}, "model: expected either a folder or the state of a server"),
        (
            {"model": {"name": "m", "folder": "m", "state": "s"}},
            "model: expected either a folder or the state",
        ),
        ({"model": {"name": "m", "folder": "no"}}, "model.folder: there is no folder"),
        ({"features": []}, "features, definition: expected one of both"),
        ({"definition": COUNTED}, "features, definition: expected one of both"),
        ({"features": [], "definition": COUNTED}, "store: expected one where there is a definition"),
        ({"store": REDIS}, "store: expected one where there is a definition, and only there"),
        (
            {
                "features": [],
                "definition": {**COUNTED, "features": [{"name": "a", "kind": "man"}]},
                "store": REDIS,
            },
            r"definition: features\[0\]",
        ),
        ({"store": {"url": "file:///tmp"}}, r"at `\$.store.url`"),
        ({"start": "middle"}, r"at `\$.start`"),
        ({"decisions": "t"}, "expected three different topics"),
        (
            {"features": ["id"]},
            r"feature 'id' has \['string'\], expected it among `required` with type number",
        ),
        ({"features": ["other"]}, "feature 'other' has no type"),
    ],
)
def test_a_mistake_is_named(
    tmp_path: Path, right: dict[str, Any], changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        read_config(written(tmp_path, {**right, **changed}))
    assert "config.json" in str(caught.value)


def test_the_command_ends_with_the_message_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(tmp_path / "none.json")]) == 2
    assert "none.json cannot be read: No such file" in capsys.readouterr().err


def test_kafkas_settings_come_from_variables_and_the_file_wins(tmp_path: Path, right: dict[str, Any]) -> None:
    config = read_config(written(tmp_path, {**right, "kafka": {"security.protocol": "ssl"}}))
    environment = {"KAFKA_BOOTSTRAP_SERVERS": "a:1", "KAFKA_SECURITY_PROTOCOL": "plaintext", "HOME": "/"}
    assert kafka_settings(config, environment) == {"bootstrap.servers": "a:1", "security.protocol": "ssl"}
    with pytest.raises(ConfigError, match=r"no bootstrap\.servers"):
        kafka_settings(config, {})
