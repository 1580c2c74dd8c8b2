"""Reads the YAML files; what is wrong with one is said with its file, its key and what is allowed there."""

import json
import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from lakeloop.config.base import Config
from lakeloop.config.explain import explain
from lakeloop.config.target import Target
from lakeloop.config.use_case import UseCase

INSTALLED = (
    Path(__file__).resolve().parents[1]
)  # in the wheel the YAML files lie inside the package, in the repository beside it
USE_CASES = next(
    folder for folder in (INSTALLED / "use_cases", INSTALLED.parent / "use_cases") if folder.is_dir()
)
TARGETS = Path(__file__).with_name("targets.yaml")
C = TypeVar("C", bound=Config)


class ConfigError(ValueError):
    """A configuration file is wrong; the message names file, key, value and what is allowed."""


class UnknownUseCaseError(ConfigError):
    """No use case of that name."""


class UnknownTargetError(ConfigError):
    """No target of that name."""


def load_use_cases(folder: Path = USE_CASES) -> list[UseCase]:
    """All use cases of `folder`, sorted by name. Raises ConfigError, also when there is none."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ConfigError(f"{folder}: no use case here, expected at least one <name>.yaml")
    return [_use_case(file) for file in files]


def load_use_case(name: str, folder: Path = USE_CASES) -> UseCase:
    """The use case `name`. Raises UnknownUseCaseError (with the names there are) or ConfigError."""
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if name not in known:
        raise UnknownUseCaseError(f"{folder}: no use case {name!r}{suggest(name, known)}")
    return _use_case(folder / f"{name}.yaml")


def load_target(name: str | None = None, file: Path = TARGETS) -> Target:
    """The target `name`, else $LAKELOOP_TARGET. Raises UnknownTargetError or ConfigError.

    There is no default: a server that was told nothing must not take itself for a laptop.
    """
    name, targets = name or os.environ.get("LAKELOOP_TARGET"), _read(file)
    if not name:
        raise UnknownTargetError(
            f"LAKELOOP_TARGET is not set; set it to one of the targets of {file}: {', '.join(sorted(targets))}"
        )
    if name not in targets:
        raise UnknownTargetError(f"{file}: no target {name!r}{suggest(name, sorted(targets))}")
    if not isinstance(targets[name], dict):
        raise ConfigError(f"{file}: target {name} is {targets[name]!r}, expected a mapping of keys to values")
    return _validated(Target, {"name": name, **targets[name]}, f"{file}: target {name}")


def suggest(name: str, known: list[str]) -> str:
    """``; did you mean 'churn'? There are: churn, fraud``."""
    near = get_close_matches(name, known, n=1)
    return (f"; did you mean {near[0]!r}?" if near else ";") + f" There are: {', '.join(known) or 'none'}"


def _use_case(file: Path) -> UseCase:
    use_case = _validated(UseCase, _read(file), str(file))
    if use_case.name != file.stem:
        raise ConfigError(f"{file}: name is {use_case.name!r}, expected {file.stem!r} as the file is called")
    return use_case


def _validated(model: type[C], content: dict[str, Any], where: str) -> C:
    # Through JSON, where a list may stand for a tuple and a text for a date, and all else stays strict.
    try:
        return model.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{where}: {line}" for line in explain(model, error))) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error})") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a date like 2017-13-01
        raise ConfigError(f"{file}: is no YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: holds {type(content).__name__}, expected a mapping of keys to values")
    return content


class _UniqueKeys(yaml.SafeLoader):
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
