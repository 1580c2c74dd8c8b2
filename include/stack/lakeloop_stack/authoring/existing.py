"""What is there already: names that are taken, and the source that a new use case may share."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lakeloop.config import Source, load_source
from lakeloop.config.base import Name
from lakeloop.config.loading import names, suggest
from lakeloop.config.use_case.use_case import UseCaseName

from .drafts import DraftError
from .samples import TIMES, Sample

OTHERWISE = "choose another name, or remove it first"


def require_new_source(name: str, root: Path, otherwise: str = OTHERWISE) -> None:
    """Raises DraftError for what is no name, and for a source of that name of which a file is there.

    Args:
        root: the repository.
        otherwise: what to do when it is there.
    """
    _require_name("source", name, Name)
    read_by_dbt = root / "dbt_project" / "models" / "sources"
    places = [*_yaml_files(root / "include" / "sources", name), *_yaml_files(read_by_dbt, f"_{name}")]
    _require_absent(places, otherwise)


def require_new_use_case(name: str, root: Path) -> None:
    """Raises DraftError for what is no name, and for a use case of that name of which a file or a model is there."""
    _require_name("use case", name, UseCaseName)
    models = root / "dbt_project" / "models" / name
    _require_absent([*_yaml_files(root / "include" / "use_cases", name), models], OTHERWISE)


def existing_source(name: str, root: Path) -> Source:
    """The source that ``--source`` names. Raises DraftError when there is none, ConfigError when its file is wrong."""
    folder = root / "include" / "sources"
    if name not in names(folder):
        raise DraftError(
            f"--source {name}: there is no such source{suggest(name, names(folder))}. Leave --source away to draw one "
            "up from the samples."
        )
    return load_source(name, folder)


def as_in_source(samples: Sequence[Sample], source: Source) -> list[Sample]:
    """The samples with columns, keys and event time as the source's YAML has them: silver will have no others.

    Raises DraftError for a table that the source does not have, and when none of the tables has an event time.
    """
    found = [_as_in_source(sample, source) for sample in samples]
    if not any(sample.event_time for sample in found):
        raise DraftError(
            f"--source {source.name}: says of no sampled table ({_tables(found)}) when a row happened; set event_time "
            f"of one in include/sources/{source.name}.yaml, or give a sample of another table"
        )
    return found


def _as_in_source(sample: Sample, source: Source) -> Sample:
    if sample.table not in source.tables:
        raise DraftError(
            f"{sample.file}: source {source.name} has no table {sample.table}, but {', '.join(source.tables)}; "
            f"name the file after one of them, or add the table to include/sources/{source.name}.yaml"
        )
    table = source.tables[sample.table]
    if table.event_time and sample.columns.get(table.event_time) not in TIMES:
        seen = sample.columns.get(table.event_time, "missing")
        raise DraftError(
            f"{sample.file}: column {table.event_time} is {seen}, expected a date or a timestamp: by it source "
            f"{source.name} knows when a row of {sample.table} happened"
        )
    columns = {name: column.type for name, column in table.columns.items()}
    return replace(sample, columns=columns, keys=table.keys, event_time=table.event_time)


def _require_name(what: str, name: str, kind: Any) -> None:
    try:
        TypeAdapter(kind).validate_python(name)
    except ValidationError as error:
        details = error.errors()[0]
        reason = str(details["ctx"]["error"]) if details["type"] == "value_error" else _as_in_sql(name)
        raise DraftError(f"{what} {name!r}: {reason}") from None


def _as_in_sql(name: str) -> str:
    proposed = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:30].rstrip("_")
    example = f", for example {proposed!r}" if proposed else ""
    return f"is no name, expected 1 to 60 lower-case letters, digits and _, a letter first{example}"


def _yaml_files(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}.{ending}" for ending in ("yaml", "yml")]


def _require_absent(places: Iterable[Path], otherwise: str) -> None:
    present = [str(place) for place in places if place.is_file() or any(place.glob("**/*.*"))]
    if present:
        raise DraftError(f"{', '.join(present)}: is there already; {otherwise}")


def _tables(samples: Sequence[Sample]) -> str:
    return ", ".join(sample.table for sample in samples)
