"""The challenger's 99th percentile against the champion's, from histograms with the same buckets.

p99 is no mean, but "p99 of the challenger is at most r times the champion's p99 q" means that at most 1 % of its
requests take longer than r q, which is a share. Where q itself is not known exactly, the largest bucket that it can
lie in stands for it. One half of the error rate goes to that bucket, the other to the share.
"""

import numpy as np

from lakeloop.lifecycle.rollout.bounds import evidence, lower
from lakeloop.lifecycle.rollout.finding import Finding
from lakeloop.lifecycle.serving.observed import Histogram, Observed

TAIL = 0.01  # of the requests lie beyond the 99th percentile


def latency(champion: Observed, challenger: Observed, ratio: float, alpha: float) -> Finding:
    """The share of the challenger's requests that take longer than `ratio` times the champion's p99; limit 1 %."""
    place = _largest_p99(champion.latency, alpha / 2)
    if place is None or not challenger.latency.total:
        return Finding("latency", 0.0, 0.0, TAIL, "latency: too few requests to know a p99", seen=False)
    bounds = challenger.latency.bounds
    slow = int(np.searchsorted(bounds, ratio * champion.latency.bounds[place]))
    if slow >= len(bounds):
        said = f"latency: {ratio:g} times the champion's p99 is beyond {bounds[-1]:g} s, where buckets end"
        return Finding("latency", 0.0, 0.0, TAIL, said, seen=False)
    return _slower_than(challenger.latency, slow, ratio, champion.latency.bounds[place], alpha / 2)


def _slower_than(of: Histogram, place: int, ratio: float, p99: float, alpha: float) -> Finding:
    share, least = of.above(place) / of.total, lower(of.above(place), of.total, alpha)
    said = (
        f"latency: {share:.2%} of {of.total:,} requests took longer than {1000 * of.bounds[place]:g} ms (at least "
        f"{least:.2%}), which is {ratio:g} times the champion's p99 of {1000 * p99:g} ms or the next bucket; limit "
        f"{TAIL:.0%}"
    )
    return Finding("latency", share, least, TAIL, said)


def _largest_p99(of: Histogram, alpha: float) -> int | None:
    """The place of the largest bound that the p99 can be; None where that is beyond all of them."""
    if not of.total:
        return None
    above = np.array([of.above(place) for place in range(len(of.bounds))])
    # that fewer than 1 % lie beyond a bound
    shown = evidence(of.total - above, of.total, 1 - TAIL) >= -np.log(alpha)
    return int(np.argmax(shown)) if shown.any() else None
