"""Rollback: the version that really served before is champion again, after it has shown that it can score.

Order: probe, ledger row, alias, tag (see `deployment.alias`), and last the question to the registry what serves now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.ledger import (
    NONE,
    ROLLBACK,
    Ledger,
    LedgerRow,
    again_when_moved,
    changes,
    following,
    last_change,
)
from lakeloop.lifecycle.deployment.probe import Probe, ProbeFailedError
from lakeloop.lifecycle.deployment.served import Scored, champions_before, has_served
from lakeloop.lifecycle.deployment.verdict import note_refusal

TryOut = Callable[[ModelVersion], Probe]


class RollbackRefusedError(RuntimeError):
    """There is no version to go back to, or it may not or cannot serve; no champion changed."""


@dataclass(frozen=True)
class RollbackRequest:
    """What a person or a DAG run asks for. Asked again by the same `who` with the same `why`, it is the same rollback.

    Args:
        to: a version that was champion before; None: the one that served last before the present champion.
        id: the same for a task that is tried again: what was done once is not done once more, which would undo it.
    """

    who: str
    why: str
    to: str | None = None
    id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class Rollback:
    """`rolled_back`, or `completed`: the same request had been cut off before, or had come to its end."""

    outcome: Literal["rolled_back", "completed"]
    row: LedgerRow
    serves: str | None

    def __str__(self) -> str:
        return (
            f"{self.outcome}: {self.row.model} {self.row.from_version or NONE} -> {self.row.to_version} "
            f"({self.row.probe}); version {self.serves} serves now"
        )


@again_when_moved
def rollback(
    client: MlflowClient,
    ledger: Ledger,
    model: str,
    request: RollbackRequest,
    scored: Scored,
    try_out: TryOut,
) -> Rollback:
    """Makes an earlier champion the champion again.

    A refusal of a version that exists is written down. Raises RollbackRefusedError before the champion
    changes, also for an empty `who` or `why`.

    Args:
        scored: asks for the versions whose scores are there, see :func:`.served.in_scores`.
        try_out: loads a version and scores with it; raises ProbeFailedError.
    """
    if not request.who.strip() or not request.why.strip():
        raise RollbackRefusedError("a rollback needs to say who and why; pass --reason")
    repaired = alias.repair(client, ledger, model)
    rows, champion = alias.agreed(client, ledger, model)
    done = _done_before(rows, repaired, request)
    if done:
        return Rollback("completed", done, champion)
    target = _target(client, model, rows, champion, request.to, scored)
    try:
        seen = _tried(target, try_out)
    except RollbackRefusedError as error:
        note_refusal(ledger, target, champion, request.who, request.why, str(error))
        raise
    row = following(rows, _row(target, champion, request, seen))
    ledger.append(row)
    alias.carry_out(client, ledger, row)
    return Rollback("rolled_back", row, alias.champion(client, model))


def _done_before(
    rows: Sequence[LedgerRow], repaired: alias.Repair | None, request: RollbackRequest
) -> LedgerRow | None:
    """The row of this request, or of one that was cut off and is completed now: one more step would undo it.

    A command that is given once more has another id. What was cut off before may have been completed since by
    whatever started first, so the last change is asked who wanted it, and why.
    """
    last = last_change(rows)
    _require_last(rows, last, request)
    if last is None or last.event != ROLLBACK or request.to not in (None, last.to_version):
        return None
    asked_before = last.promotion_id == request.id or (last.who, last.why) == (request.who, request.why)
    completed_now = repaired is not None and repaired.outcome == "completed" and repaired.row == last
    return last if asked_before or completed_now else None


def _require_last(rows: Sequence[LedgerRow], last: LedgerRow | None, request: RollbackRequest) -> None:
    """What was done under this id is not done once more where others have moved the champion since."""
    if last is None or last.promotion_id == request.id:
        return
    if any(row.promotion_id == request.id and row.event == ROLLBACK for row in rows):
        raise RollbackRefusedError(
            f"the rollback {request.id} is written down already, and a {last.event} has moved the champion since, from "
            f"{last.from_version or NONE} to {last.champion or NONE}. Ask for another rollback if that is wrong."
        )


def _target(
    client: MlflowClient,
    model: str,
    rows: Sequence[LedgerRow],
    champion: str | None,
    to: str | None,
    scored: Scored,
) -> ModelVersion:
    before = champions_before(rows)
    return (
        _named(client, model, champion, before, to)
        if to
        else _last_that_served(client, model, before, scored)
    )


def _named(
    client: MlflowClient, model: str, champion: str | None, before: Sequence[str], to: str
) -> ModelVersion:
    version, others = registry.find_version(client, model, to), ", ".join(before) or NONE
    if to == champion:
        raise RollbackRefusedError(
            f"version {to} of {model} is the champion already; before it were: {others}"
        )
    if version is None:
        raise RollbackRefusedError(
            f"there is no version {to} of {model}, or it was deleted; champions before were: {others}"
        )
    if to not in before:
        raise RollbackRefusedError(
            f"version {to} of {model} was never champion, so there is no way back to it; champions before were: "
            f"{others}. To make it the first time champion, promote it (DAG deploy)."
        )
    return version


def _last_that_served(
    client: MlflowClient, model: str, before: Sequence[str], scored: Scored
) -> ModelVersion:
    passed_by = []
    for number in before:
        version = registry.find_version(client, model, number)
        if version is not None and has_served(version, scored):
            return version
        passed_by.append(f"{number} ({'never scored a night' if version else 'deleted'})")
    raise RollbackRefusedError(
        f"there is nothing behind the champion of {model}: no earlier champion has served. Champions before were: "
        f"{', '.join(passed_by) or NONE}; --to names one of them all the same."
    )


def _tried(target: ModelVersion, try_out: TryOut) -> Probe:
    name, status = f"version {target.version} of {target.name}", target.tags.get(registry.STATUS, "(no tag)")
    if status == registry.REFUSED:
        raise RollbackRefusedError(
            f"{name} has {registry.STATUS} {status} by now: {target.tags.get(registry.REASON, 'no reason recorded')}. "
            "Name another with --to."
        )
    try:
        return try_out(target)
    except ProbeFailedError as error:
        raise RollbackRefusedError(f"{error}. The champion stays.") from error


def _row(target: ModelVersion, champion: str | None, request: RollbackRequest, seen: Probe) -> LedgerRow:
    return LedgerRow(
        promotion_id=request.id,
        who=request.who,
        why=request.why,
        from_version=champion,
        event=ROLLBACK,
        probe=str(seen),
        **alias.made_of(target),
    )


def rolled_back_from(rows: Sequence[LedgerRow]) -> tuple[LedgerRow, LedgerRow] | None:
    """The last rollback, and the change that had made champion what it went away from; None without a rollback."""
    found = changes(rows)
    last = next((number for number in reversed(range(len(found))) if found[number].event == ROLLBACK), None)
    if not last:
        return None
    return found[last], found[last - 1]
