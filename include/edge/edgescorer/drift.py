"""Counters of what was seen, by feature, and how far it is from the reference.

The population stability index is the sum over bins of (p - q) ln(p / q), where p and q are the shares of rows now and
in the reference; the missing values are a bin of their own. Source: Siddiqi 2006, "Credit Risk Scorecards", chapter 6.
Half a row is added to each bin, so that an empty one does not make it infinite.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from math import log
from typing import Any

from .model import Distribution, Model
from .rows import Row

HALF = 0.5


@dataclass
class Counter:
    """How often each bin was met."""

    reference: Distribution
    bins: list[int] = field(default_factory=list)
    missing: int = 0
    below: int = 0  # the reference's lowest value, in the first bin all the same
    above: int = 0

    def __post_init__(self) -> None:
        self.bins = self.bins or [0] * len(self.reference.counts)

    def see(self, value: float) -> None:
        """Counts a value, NaN for a missing one."""
        if value != value:  # only NaN differs from itself
            self.missing += 1
            return
        reference = self.reference
        self.bins[bisect_right(reference.edges, value)] += 1
        self.below += reference.lowest is not None and value < reference.lowest
        self.above += reference.highest is not None and value > reference.highest

    def add(self, told: dict[str, Any]) -> None:
        """Adds what :meth:`told` gave."""
        self.bins = [one + more for one, more in zip(self.bins, told["bins"], strict=True)]
        self.missing += told["missing"]
        self.below += told["below"]
        self.above += told["above"]

    def told(self) -> dict[str, Any]:
        """The counters as JSON."""
        return {"bins": self.bins, "missing": self.missing, "below": self.below, "above": self.above}

    def psi(self) -> float | None:
        """The population stability index against the reference; None before anything was seen."""
        now, then = [*self.bins, self.missing], [*self.reference.counts, self.reference.missing]
        return stability(now, then) if any(now) else None


def stability(now: list[int], then: list[int]) -> float:
    """The index of two histograms of the same bins."""
    all_now, all_then = sum(now) + HALF * len(now), sum(then) + HALF * len(then)
    shares = [((p + HALF) / all_now, (q + HALF) / all_then) for p, q in zip(now, then, strict=True)]
    return sum((p - q) * log(p / q) for p, q in shares)


class Counters:
    """One for each feature and one for the score; rows that were refused are counted by what was wrong."""

    def __init__(self, model: Model) -> None:
        self.features = {feature.name: Counter(feature.reference) for feature in model.features}
        self.score = Counter(model.score)
        self.rows, self.refused = 0, dict[str, int]()

    def scored(self, row: Row, score: float) -> None:
        """Counts a row and its score."""
        self.rows += 1
        for counter, value in zip(self.features.values(), row.values, strict=True):
            counter.see(value)
        self.score.see(score)

    def refuse(self, feature: str | None) -> None:
        """Counts a row that was not scored; None where it is the row as a whole."""
        name = feature or ""
        self.refused[name] = self.refused.get(name, 0) + 1

    def add(self, told: dict[str, Any]) -> None:
        """Adds what :meth:`told` gave for the same model."""
        self.rows += told["rows"]
        for name, count in told["refused"].items():
            self.refused[name] = self.refused.get(name, 0) + count
        for name, counter in self.features.items():
            counter.add(told["features"][name])
        self.score.add(told["score"])

    def told(self) -> dict[str, Any]:
        """The counters as JSON."""
        features = {name: counter.told() for name, counter in self.features.items()}
        return {"rows": self.rows, "refused": self.refused, "features": features, "score": self.score.told()}

    def with_psi(self) -> dict[str, Any]:
        """The same, each with its ``psi``."""
        told = self.told()
        for name, counter in self.features.items():
            told["features"][name]["psi"] = counter.psi()
        told["score"]["psi"] = self.score.psi()
        return told
