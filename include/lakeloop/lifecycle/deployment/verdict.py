"""What became of a version before it could be champion: the gate's verdict, or the refusal to promote it."""

from hashlib import sha256
from typing import Any

from mlflow.entities.model_registry import ModelVersion

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.alias import made_of
from lakeloop.lifecycle.deployment.ledger import (
    PROPOSAL,
    REFUSAL,
    Ledger,
    LedgerRow,
    again_when_moved,
    following,
)

GATE = "gate: "  # how `who` begins where nobody asked but the training itself


@again_when_moved
def note_verdict(ledger: Ledger, version: ModelVersion, champion: str | None) -> LedgerRow | None:
    """Writes down the gate's verdict on `version`, a proposal or a refusal; None when that row is there, or no verdict.

    However often and by however many processes it is asked for, a verdict has one row. A new verdict after a new
    validation has a row of its own.

    Args:
        champion: the present champion, which the version would replace.
    """
    if version.tags.get(registry.STATUS) not in (registry.PASSED, registry.REFUSED):
        return None
    rows = ledger.rows(version.name)
    before = [row for row in rows if _is_of_gate(row) and row.to_version == str(version.version)]
    said = _said(version)
    if before and before[-1].promotion_id == _id(version, said, before[-2] if len(before) > 1 else None):
        return None
    row = following(rows, _row(version, champion, _id(version, said, before[-1] if before else None)))
    ledger.append(row)
    return row


@again_when_moved
def note_refusal(
    ledger: Ledger, version: ModelVersion, champion: str | None, who: str, why: str, refusal: str
) -> LedgerRow | None:
    """Writes down that somebody asked for `version` and was refused; None when its last row says just that.

    So a task that is tried again and refused again leaves one row.
    """
    rows = ledger.rows(version.name)
    asked: dict[str, Any] = {
        "who": who,
        "why": why,
        "refusal": refusal,
        "event": REFUSAL,
        "from_version": champion,
    }
    last = next((row for row in reversed(rows) if row.to_version == str(version.version)), None)
    if last is not None and all(getattr(last, name) == value for name, value in asked.items()):
        return None
    row = following(rows, LedgerRow(**asked, **made_of(version)))
    ledger.append(row)
    return row


def _is_of_gate(row: LedgerRow) -> bool:
    return row.event == PROPOSAL or (row.event == REFUSAL and row.who.startswith(GATE))


def _row(version: ModelVersion, champion: str | None, row_id: str) -> LedgerRow:
    passed = version.tags.get(registry.STATUS) == registry.PASSED
    tags = version.tags
    return LedgerRow(
        promotion_id=row_id,
        who=f"{GATE}training run {version.run_id}, workflow {tags.get('job_run_id') or 'none'}",
        why=tags.get("training_reason") or "registered by hand",
        from_version=champion,
        event=PROPOSAL if passed else REFUSAL,
        refusal=None if passed else tags.get(registry.REASON, "no reason recorded"),
        **made_of(version),
    )


def _said(version: ModelVersion) -> list[str]:
    names = (registry.STATUS, registry.REASON, registry.COMPARED_WITH, registry.HOLDOUT_POLICY)
    return [version.tags.get(name, "") for name in names]


def _id(version: ModelVersion, said: list[str], before: LedgerRow | None) -> str:
    """The same for the same verdict behind the same earlier one, so that a row cannot be there twice."""
    parts = [version.name, str(version.version), *said, before.promotion_id if before else ""]
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
