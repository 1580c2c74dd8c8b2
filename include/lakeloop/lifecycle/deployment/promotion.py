"""Promotion: exactly one validated version becomes champion, and the ledger says so, see `deployment.alias`.

Without an override a version is promoted only when its verdict still holds: it was compared with the very champion
that it replaces, under the present holdout policy, and was not champion before. So no old run can bring it back, and
none a version that was rolled back.
"""

from dataclasses import dataclass
from typing import Literal

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.ledger import (
    NONE,
    PROMOTION,
    Ledger,
    LedgerRow,
    again_when_moved,
    changes,
    following,
)
from lakeloop.lifecycle.deployment.verdict import note_refusal, note_verdict


class PromotionRefusedError(RuntimeError):
    """The version does not exist, has not passed validation, or its verdict is out of date; no champion changed."""


Outcome = Literal["promoted", "completed", "unchanged"]


@dataclass(frozen=True)
class Request:
    """What a person or a DAG run asks for.

    `policy`: the present :func:`lakeloop.lifecycle.registry.holdout_policy`. `override`: promote although the verdict
    is out of date; `why` has to say the reason then.
    """

    version: str
    who: str
    why: str
    policy: str
    override: bool = False


@dataclass(frozen=True)
class Promotion:
    """`promoted` (row and alias), `completed` (only the alias, after an interruption), or `unchanged`."""

    outcome: Outcome
    row: LedgerRow

    def __str__(self) -> str:
        return f"{self.outcome}: {self.row.model} {self.row.from_version or NONE} -> {self.row.to_version}"


@again_when_moved
def promote(client: MlflowClient, ledger: Ledger, model: str, request: Request) -> Promotion:
    """Makes the version of `request` the champion of `model`; repeating it changes nothing.

    A refusal of a version that exists is written down. Raises PromotionRefusedError before the champion changes, and
    ValueError for an empty `who` or `why`.
    """
    if not request.who.strip() or not request.why.strip():
        raise ValueError("a promotion needs to say who and why; pass --who and --reason")
    repaired = alias.repair(client, ledger, model)
    version = registry.find_version(client, model, request.version)
    if version is None:
        raise PromotionRefusedError(f"there is no version {request.version} of {model}; nothing was promoted")
    note_verdict(ledger, version, alias.champion(client, model))
    rows, champion = alias.agreed(client, ledger, model)
    if champion == request.version:
        registry.retire_challenger(client, model, request.version)
        completed = repaired is not None and repaired.outcome == "completed"
        return Promotion("completed" if completed else "unchanged", changes(rows)[-1])
    out_of_date = _out_of_date(version, champion, rows, request.policy)
    refusal = _not_passed(version) or (None if request.override else out_of_date)
    if refusal:
        note_refusal(ledger, version, champion, request.who, request.why, refusal)
        raise PromotionRefusedError(_explained(version, refusal))
    row = following(rows, _row(version, champion, request, out_of_date))
    ledger.append(row)
    alias.carry_out(client, ledger, row)
    return Promotion("promoted", row)


def _not_passed(version: ModelVersion) -> str | None:
    """Why the gate did not let it through; None when it did."""
    status = version.tags.get(registry.STATUS, "(no tag)")
    if status == registry.PASSED:
        return None
    reason = version.tags.get(registry.REASON, "it was never validated")
    return f"has {registry.STATUS} {status}, expected {registry.PASSED}: {reason}"


def _out_of_date(
    version: ModelVersion, champion: str | None, rows: list[LedgerRow], policy: str
) -> str | None:
    """Why the version's verdict does not hold for promoting it now; None when it does."""
    number, present = str(version.version), champion or registry.NO_CHAMPION
    compared = version.tags.get(registry.COMPARED_WITH, "(no tag)")
    judged = version.tags.get(registry.HOLDOUT_POLICY, "(no tag)")
    if compared != present:
        return f"was compared with champion {compared}, and the present champion is {present}"
    if judged != policy:
        return f"was judged on: {judged}; the present policy is: {policy}"
    if any(row.champion == number for row in changes(rows)):
        return "was champion before and has been replaced"
    return None


def _explained(version: ModelVersion, refusal: str) -> str:
    said = f"version {version.version} of {version.name} {refusal}"
    if _not_passed(version):
        return said
    return f"{said}. Train and validate again, or promote it by an override with its reason."


def _row(version: ModelVersion, champion: str | None, request: Request, passed_over: str | None) -> LedgerRow:
    return LedgerRow(
        who=request.who,
        why=request.why,
        from_version=champion,
        passed_over=passed_over,
        event=PROMOTION,
        **alias.made_of(version),
    )
