"""Confidence sequences for the mean of values between 0 and 1, from their sum and count alone.

They hold at every look at once: with probability 1 - alpha the mean lies above `lower` (below `upper`) however often,
and whenever, somebody looks. So a rollout may look every few seconds and stop at the first bad sight.

A value between 0 and 1 with mean m is sub-Bernoulli (Hoeffding 1963): ``E exp(l x) <= 1 - m + m e^l``. Therefore
``exp(l S_n) / (1 - m + m e^l)^n`` is at most a supermartingale, where m is the mean of the first n means (which may
drift: the logarithm of the denominator is concave in m), and so is its average over fixed values of l. By Ville's
inequality it ever reaches 1 / alpha with probability alpha at most.

Sources: S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
sequences", Annals of Statistics 49 (2021), its sub-Bernoulli processes and discrete mixtures; I. Waudby-Smith,
A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

# From a difference that millions of values show (2^-9) to the odds of one failure in a million (2^4), four an octave.
_TILTS = 2.0 ** np.arange(-9, 4.25, 0.25)
_GROWTH = np.expm1(_TILTS)
_HALVINGS = 36


def evidence(total: npt.ArrayLike, count: npt.ArrayLike, mean: npt.ArrayLike) -> Numbers:
    """Logarithm of the evidence that the mean of `count` values with sum `total` is above `mean`.

    Falls as `mean` rises. Arguments are scalars or arrays that broadcast.
    """
    totals, counts, means = (np.asarray(given, dtype=float)[..., None] for given in (total, count, mean))
    bets = _TILTS * totals - counts * np.log1p(means * _GROWTH)
    highest = bets.max(axis=-1, keepdims=True)
    mixed: Numbers = highest[..., 0] + np.log(np.exp(bets - highest).mean(axis=-1))
    return mixed


def lower(total: npt.ArrayLike, count: npt.ArrayLike, alpha: float) -> Any:
    """The mean is at least this, at every look, with probability 1 - `alpha`; 0 of no values."""
    totals, counts = np.broadcast_arrays(np.asarray(total, dtype=float), np.asarray(count, dtype=float))
    low, high = np.zeros(totals.shape), np.ones(totals.shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        shown = evidence(totals, counts, middle) >= -np.log(alpha)
        low, high = np.where(shown, middle, low), np.where(shown, high, middle)
    return low[()]


def upper(total: npt.ArrayLike, count: npt.ArrayLike, alpha: float) -> Any:
    """The mean is at most this, at every look, with probability 1 - `alpha`; 1 of no values."""
    counts = np.asarray(count, dtype=float)
    return 1 - lower(counts - np.asarray(total, dtype=float), counts, alpha)
