"""Whether predictions bear a little noise, and values that are missing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from lakeloop.config.use_case.checks import Disturbance
from lakeloop.config.use_case.gate import Metric
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import by_value
from lakeloop.lifecycle.evaluation.gate import Check, shown
from lakeloop.lifecycle.evaluation.metrics import METRICS, value

GROUP = "stability"
NEAR_ZERO: tuple[Metric, ...] = ("ece", "bias")  # metrics of which a good model has next to nothing
TO_A_DEVIATION = 1.349  # the interquartile range of a normal distribution, in standard deviations


def judge(evidence: Evidence) -> list[Check]:
    """The checks of `gate.stability.noise` and `gate.stability.missing`, on the same rows before and after."""
    asked, checks = evidence.gate.stability, []
    if asked.noise is not None:
        checks += _disturbed(evidence, "noise", asked.noise, noisy)
    if asked.missing is not None:
        checks += _disturbed(evidence, "missing", asked.missing, without_some)
    return checks


def noisy(x: pd.DataFrame, share: float, random: np.random.Generator) -> pd.DataFrame:
    """Normal noise of `share` of each feature's spread; what is missing stays missing, a whole number a whole number.

    Whole numbers are rounded up or down at random, by how near either is (stochastic rounding: Croci et al. 2022, Royal
    Society Open Science 9), and stay within their range. So noise of a hundredth of a step moves one row in a hundred
    by a whole step, where rounding to the nearest would move none.

    The spread is the smaller of the standard deviation and the normal equivalent of the interquartile range: a few
    giants do not blur all others.
    """
    return pd.DataFrame(
        {name: _noisy(x[name].to_numpy(dtype="float64"), share, random) for name in x.columns}, index=x.index
    )


def _noisy(values: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    known = values[~np.isnan(values)]
    if not len(known):
        return values
    blurred = values + share * spread(known) * random.normal(size=len(values))
    if (known != np.round(known)).any():
        return blurred
    return np.clip(np.floor(blurred + random.random(len(values))), known.min(), known.max())


def spread(known: np.ndarray) -> float:
    """Of values without NaN, in their own unit."""
    quartiles = float(np.ptp(np.quantile(known, [0.25, 0.75]))) / TO_A_DEVIATION
    deviation = float(known.std())
    return min(quartiles, deviation) if quartiles else deviation


def without_some(x: pd.DataFrame, share: float, random: np.random.Generator) -> pd.DataFrame:
    """`x` with `share` of its cells missing, drawn at random."""
    return x.mask(random.random(x.shape) < share)


def _disturbed(
    evidence: Evidence,
    name: str,
    asked: Disturbance,
    disturb: Callable[[pd.DataFrame, float, np.random.Generator], pd.DataFrame],
) -> list[Check]:
    random = np.random.default_rng(evidence.gate.bootstrap.seed)
    after = evidence.predict(disturb(evidence.x, asked.share, random))
    metric, key = evidence.gate.compare_by, f"gate.stability.{name}"
    under = f"under {name} of {asked.share:.3g}"
    values = [value(metric, evidence.y, predicted) for predicted in (evidence.predictions, after)]
    figures = {"share": asked.share, "metric": metric, "before": values[0], "after": values[1]}
    checks = []
    if asked.loss is not None:
        lost = loss(metric, *values)
        what = f"{under} {shown(metric)} goes from {values[0]:.4f} to {values[1]:.4f}, a loss of"
        checks.append(by_value(GROUP, f"{key}.loss", what, lost, asked.loss, figures))
    if asked.rank_correlation is not None:
        found, what = rank_correlation(evidence.predictions, after), f"{under} predictions keep their order:"
        what = f"{what} rank correlation"
        checks.append(
            by_value(GROUP, f"{key}.rank_correlation", what, found, asked.rank_correlation, figures)
        )
    return checks


def loss(metric: Metric, before: float, after: float) -> float:
    """How much worse the figure became, as a share of the one before; of ece and bias the change itself."""
    worse = float(-np.diff(METRICS[metric].goodness(np.array([before, after])))[0])
    if metric in NEAR_ZERO:
        return worse
    return worse / abs(before) if before else (0.0 if worse == 0 else np.inf)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, NaN where one of both is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
