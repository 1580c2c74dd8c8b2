"""What dbt is told of sources and use cases, so that nothing is written a second time in the dbt project."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, get_args

import yaml

from lakeloop.config.loading import USE_CASES, load_source, names, valid_use_cases
from lakeloop.config.source import Freshness, Source, Table
from lakeloop.config.use_case import LabelledUseCase, UseCase
from lakeloop.config.use_case.use_case import Role

VARIABLE = "LAKELOOP_USE_CASES"
ARRIVED_AT = ("_arrived_at", "When the row arrived, UTC.")
INGESTED_AT = ("_ingested_at", "When this version of the row was written, UTC.")
SUPERSEDED_AT = ("_superseded_at", "When a correction replaced this version of the row, UTC.")
HEAD = "# Made from include/sources/{name}.yaml by `lakeloop check --write`: change it there.\n"


def dbt_environment(use_cases: Sequence[UseCase] | None = None) -> dict[str, str]:
    """``{"LAKELOOP_USE_CASES": <JSON>}``, which macros/use_case.sql reads: the questions of all use cases.

    One whose file is wrong is there with null: dbt parses its models, and builds none of them.
    """
    known: dict[str, Any] = {}
    if use_cases is None:
        use_cases, known = valid_use_cases(), dict.fromkeys(names(USE_CASES))
    told = known | {use_case.name: _told(use_case) for use_case in use_cases}
    return {VARIABLE: json.dumps(told, sort_keys=True)}


def dbt_sources(source: Source) -> str:
    """The content of dbt_project/models/sources/_<source>.yml: silver tables, their columns, tests and ages."""
    content = {
        "sources": [
            {
                "name": source.name,
                "schema": f"{{{{ var('source_prefix') }}}}{source.schema('silver')}",
                "description": f"Silver: {source.description}",
                "config": {"loaded_at_field": INGESTED_AT[0]},
                "tables": [
                    entry
                    for name, table in source.tables.items()
                    for entry in _tables(source.name, name, table)
                ],
            }
        ]
    }
    return HEAD.format(name=source.name) + yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, width=120
    )


def _told(use_case: UseCase) -> dict[str, Any]:
    tables = load_source(use_case.source).tables
    return {
        "source": use_case.source,
        "silver": {name: list(table.keys) for name, table in tables.items()},
        "events": {name: table.event_time for name, table in tables.items() if table.event_time},
        "entity": {"keys": use_case.entity.keys},
        "period": use_case.period.model_dump(mode="json"),
        "question": use_case.question.model_dump(mode="json"),
        "tables": {role: use_case.table(role) for role in get_args(Role)},
        **(_told_of_rows(use_case) if isinstance(use_case, LabelledUseCase) else {}),
    }


def _told_of_rows(use_case: LabelledUseCase) -> dict[str, Any]:
    return {"label": use_case.task.label, "slices": list(use_case.gate.columns)}


def _tables(source: str, name: str, table: Table) -> Iterable[dict[str, Any]]:
    """The silver table with its tests, and what corrections have replaced in it."""
    columns = [(column, table.columns[column].description or "") for column in table.columns]
    columns += [ARRIVED_AT, INGESTED_AT]
    yield {
        "name": name,
        "description": table.description or f"Rows of {name}, one per key.",
        **({"config": {"freshness": _freshness(table.freshness)}} if table.freshness else {}),
        "data_tests": [_one_scan(f"{source}_{name}", table)],
        "columns": _described(columns),
    }
    yield {
        "name": f"{name}_superseded",
        "description": f"Rows of {name} that a correction has replaced.",
        "columns": _described([*columns, SUPERSEDED_AT]),
    }


def _one_scan(name: str, table: Table) -> dict[str, Any]:
    known = list(dict.fromkeys([*table.required, ARRIVED_AT[0], INGESTED_AT[0]]))
    return {"holds": {"name": f"{name}_hold", "arguments": {"unique": list(table.keys), "known": known}}}


def _described(columns: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "description": description or name} for name, description in columns]


def _freshness(freshness: Freshness) -> dict[str, Any]:
    return {
        "warn_after": {"count": freshness.warn_after, "period": "hour"},
        "error_after": {"count": freshness.error_after, "period": "hour"},
    }
