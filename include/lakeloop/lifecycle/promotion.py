"""Promotion: exactly one validated version becomes champion, and the ledger says so.

Order: the ledger row, then the alias, then the row's id as a tag of the version. A row whose version lacks that tag was
cut off before the alias moved; the next run with the same version moves the alias and appends nothing. A champion that
is not the ledger's was moved by something else: that is written down as an outside change, and never undone.

Without an override a version is promoted only when its verdict still holds: it was compared with the very champion
that it replaces, under the present holdout policy, and was not champion before. So no old run can bring it back.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.ledger import NONE, OUTSIDE_CHANGE, PROMOTION, Ledger, LedgerRow

OUTSIDE_WHO = "unknown: not by a promotion"
OUTSIDE_WHY = "the alias champion was moved in the model registry itself"


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
        return f"{self.outcome}: {self.row.model} {self.row.from_version or 'none'} -> {self.row.to_version}"


def promote(client: MlflowClient, ledger: Ledger, model: str, request: Request) -> Promotion:
    """Makes the version of `request` the champion of `model`; repeating it changes nothing.

    Raises PromotionRefusedError before the champion changes, and ValueError for an empty `who` or `why`.
    """
    if not request.who.strip() or not request.why.strip():
        raise ValueError("a promotion needs to say who and why; pass --who and --reason")
    version = _validated(client, model, request.version)
    note_outside_change(client, ledger, model)
    rows, champion = ledger.rows(model), _champion(client, model)
    if champion == request.version:
        registry.retire_challenger(client, model, request.version)
        return Promotion("unchanged", rows[-1])
    if rows and rows[-1].to_version == request.version and _cut_off(client, rows[-1]):
        return _move(client, "completed", rows[-1])
    passed_over = _out_of_date(version, champion, rows, request.policy)
    if passed_over and not request.override:
        raise PromotionRefusedError(
            f"version {request.version} of {model} {passed_over}. Train and validate again, or promote it by an "
            "override with its reason."
        )
    row = _row(version, champion, request, passed_over)
    ledger.append(row)
    return _move(client, "promoted", row)


def note_outside_change(client: MlflowClient, ledger: Ledger, model: str) -> LedgerRow | None:
    """Writes down that something else moved the champion since the ledger's last row; returns that new row, if any."""
    rows, champion = ledger.rows(model), _champion(client, model)
    last = rows[-1] if rows else None
    if last is None or not _cut_off(client, last):
        known = last.champion if last else None
    elif champion == last.champion:
        _complete(client, last)  # cut off after the alias had moved
        known = champion
    else:
        known = last.from_version
    if champion == known:
        return None
    row = _outside_row(client, model, known, champion)
    ledger.append(row)
    return row


def _cut_off(client: MlflowClient, row: LedgerRow) -> bool:
    """Whether the promotion that `row` speaks of did not come to its end."""
    if row.event == OUTSIDE_CHANGE:
        return False
    version = registry.find_version(client, row.model, row.to_version)
    return version is not None and version.tags.get(registry.PROMOTION_ID) != row.promotion_id


def _move(client: MlflowClient, outcome: Outcome, row: LedgerRow) -> Promotion:
    client.set_registered_model_alias(row.model, registry.CHAMPION, row.to_version)
    _complete(client, row)
    registry.retire_challenger(client, row.model, row.to_version)
    return Promotion(outcome, row)


def _complete(client: MlflowClient, row: LedgerRow) -> None:
    client.set_model_version_tag(row.model, row.to_version, registry.PROMOTION_ID, row.promotion_id)


def _champion(client: MlflowClient, model: str) -> str | None:
    version = registry.champion_version(client, model)
    return str(version.version) if version else None


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
    if any(row.champion == number for row in rows):
        return "was champion before and has been replaced"
    return None


def _row(version: ModelVersion, champion: str | None, request: Request, passed_over: str | None) -> LedgerRow:
    return LedgerRow(
        who=request.who,
        why=request.why,
        from_version=champion,
        passed_over=passed_over,
        event=PROMOTION,
        **_made_of(version),
    )


def _outside_row(client: MlflowClient, model: str, known: str | None, champion: str | None) -> LedgerRow:
    version = registry.champion_version(client, model) if champion else None
    made_of = _made_of(version) if version else {"model": model, "to_version": NONE}
    return LedgerRow(who=OUTSIDE_WHO, why=OUTSIDE_WHY, from_version=known, event=OUTSIDE_CHANGE, **made_of)


def _made_of(version: ModelVersion) -> dict[str, Any]:
    """What a row says of the version that becomes champion."""
    return {
        "model": version.name,
        "to_version": str(version.version),
        "run_id": version.run_id,
        "data_versions": version.tags.get("data_versions"),
        "code_revision": version.tags.get("code_revision"),
        "metrics": json.dumps(registry.figures(version.tags), sort_keys=True),
        "gate_reason": version.tags.get(registry.REASON),
    }
