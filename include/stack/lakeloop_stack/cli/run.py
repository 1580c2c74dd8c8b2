"""``lakeloop run`` on a terminal: progress, the summary and the links."""

from contextlib import AbstractContextManager
from typing import Any

from rich.table import Table

from lakeloop.config import load_target, load_use_case

from ..loop.driver import Arrival, run_loop
from ..loop.summary import Summary
from ..machine.settings import StackSettings
from ..services.links import links
from .up import console, say, start


def run(use_case: str, first_week: int, through_week: int) -> None:
    """Start the stack, close the loop twice, show what it made and where to look; the stack stays up."""
    loaded, target = load_use_case(use_case), load_target("local")
    first, last = (Arrival(loaded, target, week) for week in (first_week, through_week))
    started = start(first.step)
    summary = run_loop(started, first, last, say, _waiting)
    console.print(_table(summary))
    say(f"Summary: {started.settings.home / 'summary.json'}")
    show_links(started.settings)


def show_links(settings: StackSettings) -> None:
    """Print where to look."""
    for what, address in links(settings).items():
        say(f"{what + ':':<16} {address}")


def _waiting(text: str) -> AbstractContextManager[Any]:
    return console.status(text)


def _table(summary: Summary) -> Table:
    holdout = summary.holdout
    table = Table(title=f"The loop of {summary.use_case} is closed", show_header=False, title_justify="left")
    rows = {
        "champion": f"version {summary.champion_version}",
        "holdout": f"weeks {holdout.weeks}, {holdout.rows:,} rows",
        "AUC": f"{holdout.auc:.3f} (recency rule {holdout.baseline_auc:.3f})",
        "average precision": f"{holdout.average_precision:.3f}",
        "scored": f"{summary.scored_rows:,} households in {summary.scores_uri}",
        "promotions in the ledger": str(summary.ledger_rows),
        "stages": ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in summary.stages.items()),
        "total": f"{summary.total_seconds:.0f} s",
        "memory at its peak": f"{summary.peak_pss_mb:,.0f} MB",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table
