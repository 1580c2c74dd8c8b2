"""The challenger's scores against the champion's: Kolmogorov-Smirnov's distance of two histograms.

The requests of both differ, but are divided at random, so that both see the same population. The distance is the
largest difference of the two shares of scores up to a bound. Each bound in each direction gets its part of the error
rate, a half of that each version.
"""

import numpy as np
import numpy.typing as npt

from lakeloop.lifecycle.rollout.bounds import lower, upper
from lakeloop.lifecycle.rollout.finding import Finding
from lakeloop.lifecycle.serving.observed import Histogram, Observed


def distribution(champion: Observed, challenger: Observed, limit: float, alpha: float) -> Finding:
    """The distance; both histograms have the same bounds."""
    first, second = champion.scores, challenger.scores
    if not first.total or not second.total:
        return Finding("scores", 0.0, 0.0, limit, "scores: one of both has given none", seen=False)
    distance, place = _largest(_shares(first), _shares(second))
    least = _least(first, second, alpha)
    said = (
        f"scores: {_shares(second)[place]:.1%} of {second.total:,} scores are at most {first.bounds[place]:g}, and "
        f"{_shares(first)[place]:.1%} of the champion's: a distance of {distance:.3f} (at least {least:.3f}); "
        f"limit {limit:g}"
    )
    return Finding("scores", distance, least, limit, said)


def _largest(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> tuple[float, int]:
    place = int(np.argmax(np.abs(first - second)))
    return float(abs(first[place] - second[place])), place


def _least(first: Histogram, second: Histogram, alpha: float) -> float:
    each = alpha / (2 * len(first.bounds)) / 2
    lows = [lower(_up_to(of), of.total, each) for of in (first, second)]
    highs = [upper(_up_to(of), of.total, each) for of in (first, second)]
    return float(max(np.max(lows[1] - highs[0]), np.max(lows[0] - highs[1]), 0.0))


def _up_to(of: Histogram) -> npt.NDArray[np.float64]:
    return np.cumsum(of.counts[:-1]).astype(float)


def _shares(of: Histogram) -> npt.NDArray[np.float64]:
    return _up_to(of) / of.total
