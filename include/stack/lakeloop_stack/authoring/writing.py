"""Writes drafts as files of the repository: YAML, and dbt models with contracts and tests that run as they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from lakeloop.config.dbt import dbt_sources
from lakeloop.config.loading import read_source, read_use_case
from lakeloop.config.use_case import Period

from .drafts import DraftError, SourceDraft, UseCaseDraft

# Angle brackets, because dbt's own braces stand in the templates.
TEMPLATES = Environment(
    loader=PackageLoader("lakeloop_stack.authoring"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    variable_start_string="<<",
    variable_end_string=">>",
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
    autoescape=False,  # SQL and YAML, no HTML
)


def _scalar(text: str) -> str:
    """A text as YAML has it: quoted where it would be something else, such as ``no``."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("...\n").rstrip("\n")


TEMPLATES.filters["yaml"] = _scalar


def source_files(draft: SourceDraft, root: Path) -> dict[Path, str]:
    """The source's YAML file, and what dbt reads of it, by their paths. Raises ConfigError for a wrong answer."""
    text = TEMPLATES.get_template("source.yaml.jinja").render(draft=draft)
    return {
        root / "include" / "sources" / f"{draft.name}.yaml": text,
        root / "dbt_project" / "models" / "sources" / f"_{draft.name}.yml": dbt_sources(
            read_source(draft.name, text)
        ),
    }


def use_case_files(draft: UseCaseDraft, root: Path) -> dict[Path, str]:
    """The use case's YAML file and its dbt models, by their paths. Raises ConfigError for a wrong answer."""
    name, events = draft.name, draft.events.table
    models = root / "dbt_project" / "models" / name
    question = root / "include" / "use_cases" / f"{name}.yaml"
    places = {
        question: "use_case.yaml",
        models / f"_{name}.yml": "models.yml",
        models / "staging" / f"stg_{name}__{events}.sql": "staging.sql",
        models / "intermediate" / f"int_{name}__periods.sql": "periods.sql",
        models / "gold" / f"{name}__features.sql": "features.sql",
        models / "gold" / f"{name}__labels.sql": "labels.sql",
        models / "gold" / f"{name}__training_set.sql": "training_set.sql",
    }
    words = _words(draft)
    files = {
        place: TEMPLATES.get_template(f"{template}.jinja").render(**words)
        for place, template in places.items()
    }
    read_use_case(name, files[question])
    return files


def write(files: Mapping[Path, str]) -> list[Path]:
    """Write all files or none. Raises DraftError when one is there already."""
    present = sorted(str(file) for file in files if file.exists())
    if present:
        raise DraftError(f"{', '.join(present)}: is there already; choose another name, or remove it first")
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return list(files)


def _words(draft: UseCaseDraft) -> dict[str, Any]:
    """What the templates say more than once."""
    keys = draft.entity
    unique = f"[{', '.join(map(_scalar, (*keys, 'as_of')))}]"
    return {
        "draft": draft,
        "rhythm": draft.rhythm,
        "noun": keys[0].removesuffix("_id").replace("_", " "),
        "keys": ", ".join(keys),
        "short": draft.windows[0],
        "long": draft.windows[-1],
        "unique": unique,
        "known_labels": f"[{', '.join(map(_scalar, (*keys, 'as_of', draft.label)))}]",
        "period_type": Period(unit=draft.unit, first=draft.first, timezone=draft.timezone).sql_type,
        "columns": _columns(draft),
        **{
            f"{table}_keys": ", ".join(f"{table}.{key}" for key in keys)
            for table in ("seen", "grid", "asked")
        },
        **{f"{one}_is_{other}": _same(one, other, keys) for one, other in _JOINS},
    }


_JOINS = (("grid", "did"), ("asked", "did"), ("features", "labels"))


def _same(one: str, other: str, keys: tuple[str, ...]) -> str:
    return " and ".join(f"{one}.{key} = {other}.{key}" for key in keys)


def _columns(draft: UseCaseDraft) -> list[tuple[str, str, str]]:
    """Name, type and description of each column of the features table, in the order of its SQL."""
    unit = draft.unit
    period_type = Period(unit=unit, first=draft.first, timezone=draft.timezone).sql_type
    columns = [(key, draft.events.columns[key], "Whom the row is about.") for key in draft.entity]
    columns += [
        ("as_of", period_type, f"The completed {unit}: nothing later is in the row."),
        ("periods_since_last", "int", f"{unit.capitalize()}s since the last one with an event."),
        ("periods_since_first", "int", f"{unit.capitalize()}s since the first one with an event."),
    ]
    for window in draft.windows:
        columns += [
            (f"events_{window}", "bigint", f"Events of the last {window} {unit}s."),
            (
                f"active_periods_{window}",
                "int",
                f"{unit.capitalize()}s with an event among the last {window}.",
            ),
        ]
        columns += [
            (f"{name}_{window}", "double", f"Total of {name} in the last {window} {unit}s.")
            for name in draft.measures
        ]
    trend = (
        f"per {unit}, the last {draft.windows[0]} against the last {draft.windows[-1]}; 1 means unchanged."
    )
    columns.append(("events_trend", "double", f"Events {trend}"))
    return columns + [(f"{name}_trend", "double", f"{name.capitalize()} {trend}") for name in draft.measures]
