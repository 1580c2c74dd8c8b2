"""Reads the YAML files; what is wrong with one is said with its file, its key and what is allowed there."""

import json
import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from lakeloop.config.base import Config
from lakeloop.config.explain import explain
from lakeloop.config.source import EventSource, FileSource, Source
from lakeloop.config.target import Target
from lakeloop.config.use_case import (
    BatchUseCase,
    LabelledUseCase,
    RankingUseCase,
    StreamUseCase,
    UseCase,
)
from lakeloop.config.yaml_file import ConfigError, parse_yaml, read_yaml

PACKAGE = Path(__file__).resolve().parents[1]
TARGETS = Path(__file__).with_name("targets.yaml")
# A kind of source or use case is added here, beside the others.
SOURCE_KINDS: dict[str, type[Source]] = {"events": EventSource, "files": FileSource}
USE_CASE_KINDS: dict[str, type[UseCase]] = {
    "batch": BatchUseCase,
    "ranking": RankingUseCase,
    "stream": StreamUseCase,
}
C = TypeVar("C", bound=Config)


class UnknownSourceError(ConfigError):
    """No source of that name."""


class UnknownUseCaseError(ConfigError):
    """No use case of that name."""


class UnknownTargetError(ConfigError):
    """No target of that name."""


def _folder(name: str) -> Path:
    """In the wheel the YAML files lie inside the package, in the repository beside it."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


SOURCES, USE_CASES = _folder("sources"), _folder("use_cases")


def load_sources(folder: Path = SOURCES) -> list[Source]:
    """All sources of `folder`, sorted by name. Raises ConfigError."""
    _refuse_hidden(folder)
    return [load_source(name, folder) for name in names(folder)]


def load_source(name: str, folder: Path = SOURCES) -> Source:
    """The source `name`. Raises UnknownSourceError (with the names there are) or ConfigError."""
    file = _file(name, folder, "source", UnknownSourceError)
    return _of_kind(name, _read(file), str(file), SOURCE_KINDS)


def read_source(name: str, text: str) -> Source:
    """The source that a file `name` with this YAML would be. Raises ConfigError."""
    return _of_kind(name, parse_yaml(text, name), name, SOURCE_KINDS)


def read_use_case(name: str, text: str) -> UseCase:
    """The use case that a file `name` with this YAML would be; nothing is said of its source. Raises ConfigError."""
    return _of_kind(name, parse_yaml(text, name), name, USE_CASE_KINDS)


def load_use_cases(folder: Path = USE_CASES, sources: Path = SOURCES) -> list[UseCase]:
    """All use cases of `folder`, sorted by name. Raises ConfigError, also when there is none."""
    return [load_use_case(name, folder, sources) for name in use_case_names(folder)]


def use_case_names(folder: Path = USE_CASES) -> list[str]:
    """The names of all use cases of `folder`, sorted. Raises ConfigError, also when there is none."""
    _refuse_hidden(folder)
    found = names(folder)
    if not found:
        raise ConfigError(f"{folder}: no use case here, expected at least one <name>.yaml")
    return found


def load_use_case(name: str, folder: Path = USE_CASES, sources: Path = SOURCES) -> UseCase:
    """The use case `name`, whose source exists.

    Raises UnknownUseCaseError (with the names there are) or ConfigError.
    """
    file = _file(name, folder, "use case", UnknownUseCaseError)
    use_case = _of_kind(name, _read(file), str(file), USE_CASE_KINDS)
    if use_case.source not in names(sources):
        raise ConfigError(
            f"{file}: source: no source {use_case.source!r} in {sources}{suggest(use_case.source, names(sources))}"
        )
    if isinstance(use_case, StreamUseCase):
        source = load_source(use_case.source, sources)
        try:
            use_case.require_source(source)
        except ValueError as error:
            raise ConfigError(f"{file}: {error}") from None
    return use_case


def load_labelled_use_case(name: str, folder: Path = USE_CASES, sources: Path = SOURCES) -> LabelledUseCase:
    """The use case `name`, of a kind whose rows have labels. Raises UnknownUseCaseError or ConfigError."""
    use_case = load_use_case(name, folder, sources)
    if not isinstance(use_case, LabelledUseCase):
        labelled = [
            kind for kind, made in sorted(USE_CASE_KINDS.items()) if issubclass(made, LabelledUseCase)
        ]
        raise ConfigError(
            f"{folder / name}.yaml: kind: {kind_of(use_case)} has no rows with labels, which this needs; expected "
            f"{' or '.join(labelled)}"
        )
    return use_case


def kind_of(use_case: UseCase) -> str:
    """What its YAML says under `kind`."""
    return next(kind for kind, made in USE_CASE_KINDS.items() if isinstance(use_case, made))


def valid_sources(folder: Path = SOURCES) -> list[Source]:
    """The sources whose files are right, sorted by name; `configuration_errors` tells about the others."""
    return _valid(folder, lambda name: load_source(name, folder))[0]


def valid_use_cases(folder: Path = USE_CASES, sources: Path = SOURCES) -> list[UseCase]:
    """The use cases whose files, and whose source's file, are right, sorted by name."""
    return _valid(folder, lambda name: _with_source(name, folder, sources))[0]


def configuration_errors(folder: Path = USE_CASES, sources: Path = SOURCES) -> list[str]:
    """What is wrong with files of sources and use cases; empty when all is well."""
    of_sources = _valid(sources, lambda name: load_source(name, sources))[1]
    return list(
        dict.fromkeys([*of_sources, *_valid(folder, lambda name: _with_source(name, folder, sources))[1]])
    )


def servable_use_cases(target: Target, folder: Path = USE_CASES, sources: Path = SOURCES) -> list[UseCase]:
    """The valid use cases but those whose rollout cannot be done on a target; `serving_errors` tells about these."""
    return _servable(target, folder, sources)[0]


def serving_errors(target: Target, folder: Path = USE_CASES, sources: Path = SOURCES) -> list[str]:
    """What use cases ask of a rollout that cannot be done on a target; empty when all is well."""
    return _servable(target, folder, sources)[1]


def _servable(target: Target, folder: Path, sources: Path) -> tuple[list[UseCase], list[str]]:
    found, errors = [], []
    for use_case in valid_use_cases(folder, sources):
        try:
            if isinstance(use_case, StreamUseCase):
                target.rollout_of(use_case)
            found.append(use_case)
        except ValueError as error:
            errors.append(f"target {target.name}: {error}")
    return found, errors


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


def target_names(file: Path = TARGETS) -> list[str]:
    """The names of all targets, in the file's order. Raises ConfigError."""
    return list(_read(file))


def suggest(name: str, known: list[str]) -> str:
    """``; did you mean 'orders'? There are: customers, orders``."""
    near = get_close_matches(name, known, n=1)
    return (f"; did you mean {near[0]!r}?" if near else ";") + f" There are: {', '.join(known) or 'none'}"


def names(folder: Path) -> list[str]:
    """Names of the YAML files of `folder`, sorted."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


def _hidden(folder: Path) -> list[str]:
    """A sentence for each file that is not read because of its ending."""
    return [
        f"{file}: is not read; rename it to {file.with_suffix('.yaml').name}"
        for file in sorted(folder.glob("*.yml"))
    ]


def _refuse_hidden(folder: Path) -> None:
    hidden = _hidden(folder)
    if hidden:
        raise ConfigError(hidden[0])


def _with_source(name: str, folder: Path, sources: Path) -> UseCase:
    use_case = load_use_case(name, folder, sources)
    load_source(use_case.source, sources)
    return use_case


def _valid(folder: Path, load: Callable[[str], C]) -> tuple[list[C], list[str]]:
    loaded, errors = [], _hidden(folder)
    for name in names(folder):
        try:
            loaded.append(load(name))
        except ConfigError as error:
            errors.append(str(error))
    return loaded, errors


def _file(name: str, folder: Path, what: str, error: type[ConfigError]) -> Path:
    known = names(folder)
    if name not in known:
        raise error(f"{folder}: no {what} {name!r}{suggest(name, known)}")
    return folder / f"{name}.yaml"


def _of_kind(name: str, content: dict[str, Any], where: str, kinds: Mapping[str, type[C]]) -> C:
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        seen = "missing" if "kind" not in content else repr(kind)
        raise ConfigError(f"{where}: kind: {seen}; allowed values are {', '.join(sorted(kinds))}")
    if "name" in content:
        raise ConfigError(f"{where}: name: unknown key; the name is the file's own, {name!r}")
    return _validated(kinds[kind], {"name": name, **content}, where)


def _validated(model: type[C], content: dict[str, Any], where: str) -> C:
    # Through JSON, where a list may stand for a tuple and a text for a date, and all else stays strict.
    try:
        return model.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{where}: {line}" for line in explain(model, error))) from None
    except (TypeError, ValueError, RecursionError) as error:
        # a key that is no text, an alias that holds itself
        raise ConfigError(
            f"{where}: cannot be said in JSON ({error}); expected texts as keys, and no cycles"
        ) from None


def _read(file: Path) -> dict[str, Any]:
    content = read_yaml(file)
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: holds {type(content).__name__}, expected a mapping of keys to values")
    return content
