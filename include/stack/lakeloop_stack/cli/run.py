"""``lakeloop run`` on a terminal: progress, the summary and the links."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from lakeloop.config import (
    EventSource,
    RankingUseCase,
    Source,
    Target,
    UseCase,
    load_source,
    load_target,
    load_use_case,
)
from lakeloop.config.loading import USE_CASES, use_case_names
from lakeloop_datasets import NoDatasetError, days

from ..loop.decisions import RealTime
from ..loop.driver import Arrival, run_loop
from ..loop.reaction import Reaction
from ..loop.suggestions import Suggested
from ..loop.summary import Summary
from ..machine.settings import StackSettings
from ..services.links import links
from .up import console, say, start


def run(use_case: str | None, first: date | None, through: date | None) -> None:
    """Start the stack, close the loop, show what it made and where to look; the stack stays up."""
    loaded, target = asked_use_case(use_case), load_target("local")
    source = load_source(loaded.source)
    arrivals = _arrivals(source, target, first, through)
    steps = [arrival.step for arrival in arrivals[:1]]
    realtime = isinstance(source, EventSource) or isinstance(loaded, RankingUseCase)
    started = start(*steps, realtime=realtime)
    summary = run_loop(started, loaded, target, arrivals, say, _waiting)
    console.print(_table(loaded, summary))
    say(f"Summary: {started.settings.home / 'summary.json'}")
    show_links(started.settings)


def asked_use_case(name: str | None, folder: Path = USE_CASES) -> UseCase:
    """The use case `name`, without a name the first of `folder`. Raises ConfigError, also when there is none."""
    return load_use_case(name or use_case_names(folder)[0], folder)


def _arrivals(source: Source, target: Target, first: date | None, through: date | None) -> list[Arrival]:
    """What is replayed; nothing for a source whose files come by other means."""
    try:
        horizons = days(source.name).HORIZONS
    except NoDatasetError:
        if first or through:
            raise
        say(f"There are no data to replay for {source.name}: the loop runs on the files that were delivered.")
        return []
    return [Arrival(source, target, day) for day in (first or horizons[0], through or horizons[1])]


def show_links(settings: StackSettings) -> None:
    """Print where to look."""
    for what, address in links(settings).items():
        say(f"{what + ':':<16} {address}")


def _waiting(text: str) -> AbstractContextManager[Any]:
    return console.status(text)


def _table(use_case: UseCase, summary: Summary) -> Table:
    holdout = summary.holdout
    table = Table(title=f"The loop of {summary.use_case} is closed", show_header=False, title_justify="left")
    rows = {
        "champion": f"version {summary.champion_version}",
        "holdout": f"{holdout.periods}, {holdout.rows:,} rows",
        **{
            metric.replace("_", " "): f"{value:.3f}{_beside(holdout.baseline, metric)}"
            for metric, value in holdout.metrics.items()
        },
        "scored": f"{summary.scored_rows:,} {use_case.scored} as of {summary.scored_as_of}",
        "scores": summary.scores_uri,
        "rows in the ledger": str(summary.ledger_rows),
        **(_real_time(use_case, summary.real_time) if summary.real_time else {}),
        **(_suggested(use_case, summary.suggestions) if summary.suggestions else {}),
        **(_reacted(summary.reaction) if summary.reaction else {}),
        "stages": ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in summary.stages.items()),
        "total": f"{summary.total_seconds:.0f} s",
        "memory at its peak": f"{summary.peak_pss_mb:,.0f} MB",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _real_time(use_case: UseCase, found: RealTime) -> dict[str, str]:
    refused = f", {found.refused:,} refused as dead letters" if found.refused else ""
    said = f"{found.decided:,} {use_case.entity.noun[1]} by version {', '.join(found.versions)}{refused}"
    rows = {"decided in real time": said}
    if found.latency_p50_ms is not None and found.latency_p99_ms is not None:
        rows["from event to decision"] = (
            f"half within {found.latency_p50_ms:.0f} ms, 99 % within {found.latency_p99_ms:.0f} ms"
        )
    highest = ", ".join(f"{name} {score:.3f}" for name, score in found.highest.items())
    return {**rows, "most suspicious": highest or "none"}


def _suggested(use_case: UseCase, found: Sequence[Suggested]) -> dict[str, str]:
    """A row for each entity: its suggestions, with those set off that it then came to."""
    rows = {"✓": "came within the horizon, of what was suggested in the holdout"}
    for one in found:
        items = [
            f"[bold green]{escape(item)} ✓[/]" if item in one.came else escape(item) for item in one.suggested
        ]
        besides = f"\n{len(one.besides)} more came that were not suggested" if one.besides else ""
        rows[f"{use_case.entity.noun[0]} {one.entity}"] = f"{', '.join(items)}{besides}"
    return rows


def _reacted(seen: Reaction) -> dict[str, str]:
    """What an interaction changed, what is new set off."""
    after = [
        f"[bold green]{escape(item)}[/]" if item not in seen.before else escape(item) for item in seen.after
    ]
    told = f"{seen.entity} came to {escape(seen.item)}; {seen.milliseconds:.0f} ms later it is suggested"
    return {"in real time": f"{told}\n{', '.join(after)}"}


def _beside(baseline: dict[str, float], metric: str) -> str:
    return f" (baseline {baseline[metric]:.3f})" if metric in baseline else ""
