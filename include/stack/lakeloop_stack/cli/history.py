"""How the ledger looks on a terminal and as JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from lakeloop.lifecycle.deployment.ledger import CHANGES, NONE, LedgerRow, last_change

STYLES = {"promotion": "green", "rollback": "yellow", "outside_change": "magenta", "refusal": "red"}


def as_text(model: str, champion: str | None, rows: Sequence[LedgerRow]) -> str:
    """JSON: ``{"model", "champion", "rows": [...]}``; the fields of a row are the ledger's columns."""
    shown = [asdict(row) | {"promoted_at": row.promoted_at.isoformat()} for row in rows]
    return json.dumps({"model": model, "champion": champion, "rows": shown}, indent=2)


def print_table(model: str, champion: str | None, rows: Sequence[LedgerRow]) -> None:
    """A line for each row, and what serves now."""
    # a pipe has no width; a line must still hold a sentence
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    table = Table(title=f"{model}: {len(rows)} rows", title_justify="left")
    for title in ("when (UTC)", "event", "version", "champion", "who", "why", "what was said"):
        table.add_column(title, overflow="fold")
    for row in rows:
        style = STYLES.get(row.event, "")
        event = f"[{style}]{row.event}[/]" if style else row.event
        table.add_row(f"{row.promoted_at:%Y-%m-%d %H:%M:%S}", event, *map(_plain, _cells(row)))
    console.print(table)
    console.print(_now(champion, rows))


def _cells(row: LedgerRow) -> tuple[str, str, str, str, str]:
    before = row.from_version or NONE
    champion = f"{before} -> {row.to_version}" if row.event in CHANGES else before
    said = (
        row.refusal
        or row.probe
        or (f"passed over: {row.passed_over}" if row.passed_over else row.gate_reason)
    )
    return row.to_version, champion, row.who, row.why, said or ""


def _plain(text: str) -> str:
    """Square brackets of a sentence are no markup."""
    return text.replace("[", r"\[")


def _now(champion: str | None, rows: Sequence[LedgerRow]) -> str:
    last = last_change(rows)
    known = last.champion if last else None
    if champion == known:
        return f"Champion: {champion or NONE}, in the registry and in the ledger."
    return (
        f"Champion: {champion or NONE} in the registry, {known or NONE} in the ledger. A change was cut off, or the "
        "alias was moved by something else: the next promotion, rollback, registration or night puts that right."
    )
