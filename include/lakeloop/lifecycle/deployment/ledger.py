"""The ledger: what was proposed, refused, promoted, moved from outside and rolled back, a row each; never changed.

The rows of a model are a chain: each names the one that its writer knew as the last. A row is added only while that
one is the last, so of two writers that decided on the same knowledge one has to decide again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar
from uuid import uuid4

PROPOSAL = "proposal"
REFUSAL = "refusal"
PROMOTION = "promotion"
OUTSIDE_CHANGE = "outside_change"
ROLLBACK = "rollback"
ROLLOUT = "rollout"  # a step of the canary; no other version is champion by it
CHANGES = (PROMOTION, OUTSIDE_CHANGE, ROLLBACK)  # the events after which another version is champion
NONE = "none"  # `to_version` of a champion that somebody took away
TABLE = "promotions"
TRIES = 10

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class LedgerMovedError(RuntimeError):
    """Another writer has added a row since the ledger was read; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """Who did what, when and why, and what the version is made of. Fields are the table's columns."""

    promotion_id: str = field(default_factory=lambda: uuid4().hex)
    promoted_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    who: str
    why: str
    model: str
    from_version: str | None
    to_version: str
    run_id: str | None = None
    data_versions: str | None = None
    code_revision: str | None = None
    metrics: str | None = None
    event: str = PROMOTION
    gate_reason: str | None = None
    passed_over: str | None = None
    previous_id: str | None = None
    refusal: str | None = None
    probe: str | None = None
    rollout: str | None = None

    @property
    def champion(self) -> str | None:
        """The champion after this row, one of `CHANGES`; None when it was taken away."""
        return None if self.to_version == NONE else self.to_version


class Ledger(Protocol):
    """Where all of it is written down."""

    def append(self, row: LedgerRow) -> None:
        """Adds `row` behind the row `row.previous_id`, durably; a row that is there already is not added twice.

        Raises LedgerMovedError when another row stands there.
        """

    def rows(self, model: str) -> list[LedgerRow]:
        """All rows of `model`, oldest first."""


def following(rows: Sequence[LedgerRow], row: LedgerRow) -> LedgerRow:
    """`row` as the next of `rows`, all rows of its model as they were read.

    Its moment is later than theirs, also where the clock of another machine is ahead: their order is their time's.
    """
    if not rows:
        return replace(row, previous_id=None)
    later = max(row.promoted_at, rows[-1].promoted_at + timedelta(microseconds=1))
    return replace(row, previous_id=rows[-1].promotion_id, promoted_at=later)


def again_when_moved(operation: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """`operation` reads the ledger, decides and appends; when another writer was faster, all of it is done again."""

    @wraps(operation)
    def repeated(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        for _ in range(TRIES - 1):
            try:
                return operation(*args, **kwargs)
            except LedgerMovedError:
                continue
        return operation(*args, **kwargs)

    return repeated


def changes(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The rows after which another version was champion."""
    return [row for row in rows if row.event in CHANGES]


def last_change(rows: Sequence[LedgerRow]) -> LedgerRow | None:
    """The row that says who is champion; None before the first."""
    found = changes(rows)
    return found[-1] if found else None


def champion_at(rows: Sequence[LedgerRow], moment: datetime) -> str | None:
    """The champion at `moment` (with time zone) by all `rows` of a model, oldest first; None when there was none.

    A change that was never carried out shows in the one after it, which does not start from there.
    """
    found = changes(rows)
    past = [row for row in found if row.promoted_at <= moment]
    later = found[len(past) :]
    if not past:
        return later[0].from_version if later else None
    never_completed = bool(later) and later[0].from_version != past[-1].champion
    return past[-1].from_version if never_completed else past[-1].champion
