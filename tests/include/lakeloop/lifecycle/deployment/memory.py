"""A ledger in memory; the one in Delta is tested on its own, and through the jobs."""

from threading import Lock

from lakeloop.lifecycle.deployment.ledger import LedgerMovedError, LedgerRow, changes


class MemoryLedger:
    """Keeps its rows in order, and keeps the ledger's promise that each has one follower."""

    def __init__(self) -> None:
        self._rows: list[LedgerRow] = []
        self._lock = Lock()

    def append(self, row: LedgerRow) -> None:
        with self._lock:
            present = self.rows(row.model)
            if row.promotion_id in {other.promotion_id for other in present}:
                return
            if row.previous_id != (present[-1].promotion_id if present else None):
                raise LedgerMovedError(f"{row.previous_id} is not the last row")
            self._rows.append(row)

    def rows(self, model: str) -> list[LedgerRow]:
        return [row for row in self._rows if row.model == model]


def steps(ledger: MemoryLedger, model: str) -> list[tuple[str, str | None, str]]:
    """Event, champion before and after of each change of champion."""
    return [(row.event, row.from_version, row.to_version) for row in changes(ledger.rows(model))]


def events(ledger: MemoryLedger, model: str) -> list[tuple[str, str]]:
    """Event and version of all rows."""
    return [(row.event, row.to_version) for row in ledger.rows(model)]
