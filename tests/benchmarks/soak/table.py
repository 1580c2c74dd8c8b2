"""What was lost, and how long decisions took, by phase."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .decisions import Reader
from .requests import Asked


@dataclass
class Phase:
    """A stretch of time; begin and end in seconds since 1970."""

    name: str
    begin: float
    end: float = 0.0
    said: str = ""


HEAD = (
    "phase | seconds | events | decided | dead letters | lost | twice | p50 ms | p99 ms | requests | asked again | "
    "unanswered | p50 ms | p99 ms"
)


def table(phases: Sequence[Phase], sent: dict[str, float], reader: Reader, answers: Sequence[Asked]) -> str:
    """Markdown: a row a phase, by the time at which an event was sent or a request was due."""
    whole = Phase("all", phases[0].begin, phases[-1].end)
    rows = [_row(phase, sent, reader, answers) for phase in [*phases, whole]]
    head = [f"| {HEAD} |", "|" + "---|" * (HEAD.count("|") + 1)]
    return "\n".join([*head, *rows])


def versions(phases: Sequence[Phase], reader: Reader, answers: Sequence[Asked]) -> str:
    """Who decided and who answered in each phase."""
    lines = []
    for phase in phases:
        decided = sum(
            (count for second, count in reader.versions.items() if phase.begin <= second < phase.end),
            Counter[str](),
        )
        answered = Counter(one.version for one in answers if phase.begin <= one.due < phase.end)
        lines.append(f"- {phase.name}: {phase.said}; decisions {dict(decided)}, requests {dict(answered)}")
    return "\n".join(lines)


def _row(phase: Phase, sent: dict[str, float], reader: Reader, answers: Sequence[Asked]) -> str:
    ids = [name for name, at in sent.items() if phase.begin <= at < phase.end]
    decided = [name for name in ids if name in reader.seen]
    dead = [name for name in ids if name in reader.dead]
    latencies = [1000 * (reader.seen[name] - sent[name]) for name in decided]
    mine = [one for one in answers if phase.begin <= one.due < phase.end]
    cells = [
        *(phase.name, f"{phase.end - phase.begin:.0f}", len(ids), len(decided), len(dead)),
        *(len(ids) - len(set(decided) | set(dead)), sum(reader.again[name] for name in ids)),
        *_percentiles(latencies),
        *(len(mine), sum(one.again > 0 for one in mine), sum(not one.version for one in mine)),
        *_percentiles([1000 * one.seconds for one in mine if one.version]),
    ]
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells) + " |"


def _percentiles(values: Sequence[float]) -> tuple[str, str]:
    if not values:
        return "", ""
    p50, p99 = np.percentile(values, [50, 99])
    return f"{p50:,.0f}", f"{p99:,.0f}"
