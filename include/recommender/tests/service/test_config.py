"""A configuration that cannot be is refused with its file and field."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rankstream.service.app import Application
from rankstream.service.config import ConfigError, read_config

GOOD: dict[str, Any] = {"entity": "guest", "model": {"folder": "one"}, "store": {"url": "memory:"}}
REGISTERED = {"name": "suggest", "registry_uri": "http://127.0.0.1:1", "downloads": "there"}


def written(folder: Path, config: dict[str, Any]) -> Path:
    file = folder / "config.json"
    file.write_bytes(msgspec.json.encode(config))
    return file


def test_what_is_not_given_has_a_default(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, GOOD | {"model": REGISTERED}))

    assert (config.host, config.model.aliases, config.limits.requests) == ("127.0.0.1", ("champion",), 64)
    assert config.model.downloads == Path("there")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prot": 1}, "unknown field `prot`"),
        ({"port": 70_000}, r"\$\.port"),
        ({"entity": "a:b"}, r"\$\.entity"),
        ({"poll_seconds": 0}, r"\$\.poll_seconds"),
        ({"model": {}}, "either `folder` or `name`"),
        ({"model": {"folder": 3}}, "3 is no Path; expected a text"),
        ({"model": REGISTERED | {"folder": "one"}}, "either `folder` or `name`"),
        ({"model": {"name": "suggest"}}, "needs `registry_uri` and `downloads`"),
        ({"model": REGISTERED | {"aliases": []}}, r"\$\.model\.aliases"),
        ({"store": {}}, "either `url` or `url_variable`"),
        ({"store": {"url": "mysql://"}}, r"\$\.store\.url"),
        ({"limits": {"k": 0}}, r"\$\.limits\.k"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=f"config.json: .*{said}"):
        read_config(written(tmp_path, GOOD | wrong))


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json cannot be read"):
        read_config(tmp_path / "none.json")


@pytest.mark.parametrize("wrong", [{"token_variable": "NONE"}, {"store": {"url_variable": "NONE"}}])
def test_a_variable_that_is_not_set(tmp_path: Path, wrong: dict[str, Any]) -> None:
    config = read_config(written(tmp_path, GOOD | wrong))

    with pytest.raises(ConfigError, match="the environment variable NONE holds no"):
        Application(config)
