"""Promotion: exactly one validated version becomes champion, and the ledger says so.

Order: the ledger row first, the alias second. A crash in between leaves a row whose `from_version` is still
champion; the next run with the same version sees that, moves the alias and appends nothing. A row that was
never completed shows in the ledger too: the next row does not start from its `to_version`.
"""

from dataclasses import dataclass
from typing import Literal

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.ledger import Ledger, LedgerRow, new_row


class PromotionRefusedError(RuntimeError):
    """The version does not exist or has not passed validation; nothing was changed."""


Outcome = Literal["promoted", "completed", "unchanged"]


@dataclass(frozen=True)
class Promotion:
    """`promoted` (row and alias), `completed` (only the alias, after an interruption), or `unchanged`."""

    outcome: Outcome
    row: LedgerRow

    def __str__(self) -> str:
        return f"{self.outcome}: {self.row.model} {self.row.from_version or 'none'} -> {self.row.to_version}"


def promote(client: MlflowClient, ledger: Ledger, model: str, version: str, who: str, why: str) -> Promotion:
    """Makes `version` of `model` the champion; repeating it changes nothing.

    Raises PromotionRefusedError before anything is written, and ValueError for an empty `who` or `why`.
    """
    if not who.strip() or not why.strip():
        raise ValueError("a promotion needs to say who and why; pass --who and --reason")
    validated = _validated(client, model, version)
    champion = registry.champion_version(client, model)
    last = next(reversed(ledger.rows(model)), None)
    before = str(champion.version) if champion else None
    outcome, row = _outcome(last, before, version)
    if row is None:
        row = _record(ledger, validated, _from_version(last, before, version), who, why)
    if outcome != "unchanged":
        client.set_registered_model_alias(model, registry.CHAMPION, version)
    _retire_challenger(client, model, version)
    return Promotion(outcome, row)


def _outcome(last: LedgerRow | None, before: str | None, version: str) -> tuple[Outcome, LedgerRow | None]:
    """What is left to do, and the ledger row that already speaks of it."""
    if last is None or last.to_version != version:
        return "promoted", None
    if before == version:
        return "unchanged", last
    # the row was written, the alias never moved: finish that promotion
    return ("completed", last) if last.from_version == before else ("promoted", None)


def _from_version(last: LedgerRow | None, before: str | None, version: str) -> str | None:
    """The champion before; when someone moved the alias by hand, the one that the ledger knows."""
    if before != version:
        return before
    return last.to_version if last else None


def _validated(client: MlflowClient, model: str, version: str) -> ModelVersion:
    found = registry.find_version(client, model, version)
    if found is None:
        raise PromotionRefusedError(f"there is no version {version} of {model}; nothing was promoted")
    status = found.tags.get(registry.STATUS, "(no tag)")
    if status != registry.PASSED:
        reason = found.tags.get(registry.REASON, "it was never validated")
        raise PromotionRefusedError(
            f"version {version} of {model} has {registry.STATUS} {status}, expected {registry.PASSED}: "
            f"{reason}"
        )
    return found


def _record(ledger: Ledger, to: ModelVersion, from_version: str | None, who: str, why: str) -> LedgerRow:
    row = new_row(
        who=who,
        why=why,
        model=to.name,
        from_version=from_version,
        to_version=str(to.version),
        run_id=to.run_id,
        data_versions=to.tags.get("data_versions"),
        code_revision=to.tags.get("code_revision"),
        metrics=registry.figures(to.tags),
    )
    ledger.append(row)
    return row


def _retire_challenger(client: MlflowClient, model: str, version: str) -> None:
    """The promoted version waits no longer; a newer challenger keeps waiting."""
    challenger = registry.challenger_version(client, model)
    if challenger is not None and str(challenger.version) == version:
        client.delete_registered_model_alias(model, registry.CHALLENGER)
