"""Reads YAML for all that is written in it; what cannot be read is said in one way."""

from pathlib import Path
from typing import Any

import yaml


class ConfigError(ValueError):
    """A configuration file is wrong; the message names file, key, value and what is allowed."""


def read_yaml(file: Path) -> Any:
    """What `file` holds, None when that is nothing. Raises ConfigError."""
    try:
        return parse_yaml(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error})") from error
    except UnicodeDecodeError as error:
        raise _no_yaml(str(file), error) from error


def parse_yaml(text: str, where: str) -> Any:
    """What `text` says. Raises ConfigError, also for a key that is there twice; it begins with `where`."""
    try:
        return yaml.load(text, Loader=_UniqueKeys)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date like 2017-13-01
        raise _no_yaml(where, error) from error


def _no_yaml(where: str, error: Exception) -> ConfigError:
    return ConfigError(f"{where}: is no YAML ({' '.join(str(error).split())}); correct it at that place")


# libyaml reads the files ten times as fast, and DAG files read them all at each parse
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeys(_Loader):  # type: ignore[misc, valid-type]
    """YAML's own loader keeps the last of two equal keys and says nothing; this one refuses."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [self.construct_object(key, deep=True) for key in own]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is there more than once", node.start_mark
                )
        return super().construct_mapping(node, deep)
