"""Which versions really served: they were champion and scored a night as such.

The scores table keeps the last version of each period only, so a version that scored says so itself, by a tag. Of
nights from before there was the tag, the table tells.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.config import UseCase
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.ledger import LedgerRow, changes

SERVED_UNTIL = "served_until"  # the last moment whose night the version scored as champion, ISO


def note_service(client: MlflowClient, version: ModelVersion, moment: datetime) -> None:
    """Writes on `version` that it scored the night of `moment` as champion."""
    until = moment.astimezone(UTC).isoformat(timespec="seconds")
    if version.tags.get(SERVED_UNTIL, "") < until:
        client.set_model_version_tag(version.name, version.version, SERVED_UNTIL, until)


def in_scores(run: sql.Run, use_case: UseCase) -> set[str]:
    """The versions whose scores are in the table now."""
    table = use_case.ml("scores")
    if not sql.table_exists(run, table):
        return set()
    return {row["model_version"] for row in run(f"SELECT DISTINCT model_version FROM {table}")}


def has_served(version: ModelVersion, scored: Collection[str]) -> bool:
    """Whether `version` scored a night as champion.

    Args:
        scored: see :func:`in_scores`.
    """
    return SERVED_UNTIL in version.tags or str(version.version) in scored


def champions_before(rows: Sequence[LedgerRow]) -> list[str]:
    """Who was champion before the present one, the last first, by all `rows` of a model; each is there once.

    A change that was never carried out made nobody champion: the one after it does not start from there.
    """
    found = changes(rows)
    if not found:
        return []
    carried_out = [
        row.champion
        for row, after in zip(found, [*found[1:], None], strict=True)
        if after is None or after.from_version == row.champion
    ]
    before = [
        number for number in reversed([found[0].from_version, *carried_out]) if number != found[-1].champion
    ]
    return list(dict.fromkeys(number for number in before if number))
