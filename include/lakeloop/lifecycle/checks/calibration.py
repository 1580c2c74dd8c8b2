"""Whether predictions mean what they say: slope and intercept of recalibration, and reliability by bins."""

import numpy as np
from scipy.special import expit, logit

from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import by_interval, defined, size
from lakeloop.lifecycle.evaluation.bootstrap import Interval
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.evaluation.metrics import SMALLEST
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS
from lakeloop.lifecycle.evaluation.sums import by_unit, share, summed

GROUP = "calibration"
STEPS, CLOSE = 50, 1e-10  # of Newton's method
RESAMPLED_STEPS = 2
CELLS = 1_000_000  # of one block of samples x rows
Line = tuple[np.ndarray, np.ndarray]  # value and samples of (intercept, slope): shapes 2, and samples x 2


def judge(evidence: Evidence) -> list[Check]:
    """Checks for what `gate.calibration` limits; each is refused when its interval lies wholly beyond."""
    asked = evidence.gate.calibration
    checks = []
    if asked.slope or asked.intercept:
        of_task = cox if evidence.use_case.task.kind == "binary" else mincer_zarnowitz
        value, samples = of_task(evidence.y, evidence.predictions, evidence.rows.units.codes, evidence.counts)
        found = [evidence.interval(float(value[n]), samples[:, n]) for n in (0, 1)]
        checks += _within("slope", found[1], asked.slope) + _within("intercept", found[0], asked.intercept)
    if asked.worst_bin:
        checks.append(_worst_bin(evidence, asked.worst_bin))
    return checks


def cox(y: np.ndarray, p: np.ndarray, units: np.ndarray, counts: np.ndarray) -> Line:
    """Intercept and slope of ``logit P(y = 1) = a + b logit p``; a = 0 and b = 1 where `p` is calibrated.

    Cox (1958), "Two further applications of a model for binary regression", Biometrika 45. The resamples take two
    Newton steps from the fit to all rows (Davidson, MacKinnon 1999, "Bootstrap testing in nonlinear models",
    International Economic Review 40, show that few do). NaN where `p` is all the same.
    """
    z = np.column_stack([np.ones(len(p)), logit(np.clip(p, SMALLEST, 1 - SMALLEST))])
    fitted = _newton(z, y)
    samples = np.tile(fitted, (len(counts), 1))
    width = max(1, CELLS // len(y))
    for first in range(0, len(counts), width):
        block, weights = slice(first, first + width), counts[first : first + width, units]
        for _ in range(RESAMPLED_STEPS):
            samples[block] += _step(z, y, weights, samples[block])
    return fitted, samples


def _step(z: np.ndarray, y: np.ndarray, weights: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Newton's step of many weighted logistic regressions (shapes: rows x 2, rows, samples x rows, samples x 2)."""
    fit = expit(beta @ z.T)
    return _solved((weights * fit * (1 - fit)) @ _products(z, z), (weights * (y - fit)) @ z)


def mincer_zarnowitz(y: np.ndarray, predicted: np.ndarray, units: np.ndarray, counts: np.ndarray) -> Line:
    """Intercept and slope of ``y = a + b prediction`` by least squares, on all rows and on each resample.

    Mincer, Zarnowitz (1969), "The evaluation of economic forecasts". NaN where all predictions are the same.
    """
    z = np.column_stack([np.ones(len(predicted)), predicted])
    moments = by_unit(_products(z, z), units, counts.shape[1])
    targets = by_unit(z * y[:, np.newaxis], units, counts.shape[1])
    value = _solved(moments.sum(axis=0, keepdims=True), targets.sum(axis=0, keepdims=True))[0]
    return value, _solved(summed(counts, moments), summed(counts, targets))


def _newton(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The logistic regression of `y` on the two columns of `z`; NaN where it has no finite answer."""
    beta, once = np.zeros(2), np.ones((1, len(y)))
    for _ in range(STEPS):
        step = _step(z, y, once, beta[np.newaxis])[0]
        while np.abs(step).max() > CLOSE and _likelihood(z, y, beta + step) < _likelihood(z, y, beta):
            step = step / 2
        beta = beta + step
        if not np.isfinite(step).all() or np.abs(step).max() < CLOSE:
            return beta
    return np.full(2, np.nan)


def _likelihood(z: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    """The logarithm of it; a step of Newton's that lowers it went too far."""
    line = z @ beta
    return float((y * line - np.logaddexp(0, line)).sum())


def _products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The three different entries of each row's outer product (shape: rows x 3)."""
    return np.column_stack([left[:, 0] * right[:, 0], left[:, 0] * right[:, 1], left[:, 1] * right[:, 1]])


def _solved(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Solves many symmetric 2 x 2 systems (shapes: samples x 3, samples x 2); NaN for a singular one."""
    (a, b, d), (e, f) = matrix.T, target.T
    determinant = a * d - b * b
    determinant = np.where(determinant > 1e-12 * np.abs(a * d), determinant, 0.0)
    return np.column_stack([share(d * e - b * f, determinant), share(a * f - b * e, determinant)])


def _within(name: str, found: Interval, bounds: tuple[float, float] | None) -> list[Check]:
    if bounds is None:
        return []
    key, limit = f"gate.calibration.{name}", f"[{bounds[0]:g}, {bounds[1]:g}]"
    figures = {**vars(found), "limit": limit}
    value = f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
    if not defined(found):
        sentence = f"calibration {name} is undefined (all predictions alike?), required is {limit} ({key})"
        return [Check(key, False, sentence, figures, GROUP, "undefined", limit)]
    passed = found.high >= bounds[0] and found.low <= bounds[1]
    how = "reaches" if passed else "lies wholly outside"
    sentence = f"calibration {name} {value} {how} the range {limit} ({key})"
    return [Check(key, passed, sentence, figures, GROUP, value, limit)]


def _worst_bin(evidence: Evidence, limit: str) -> Check:
    """The bin whose gap lies farthest beyond the limit, by the end of its interval that is nearer to 0.

    As of slices: a bin of fewer than 8 entities, or without an interval, is named and not judged; none judged refuses.
    """
    key, table = "gate.calibration.worst_bin", reliability(evidence)
    bins = [{**row, "gap": row["gap"].value, "low": row["gap"].low, "high": row["gap"].high} for row in table]
    judged = [row for row in table if row["units"] >= FEWEST_UNITS and defined(row["gap"])]
    if not judged:
        said = f"no bin has {FEWEST_UNITS} {evidence.rows.units.name} and an interval: nothing was judged ({key})"
        figures = {"limit": limit, "bins": bins}
        return Check(key, False, f"reliability: {said}", figures, GROUP, "nothing judged", limit)
    worst = max(judged, key=lambda row: size(row["gap"]).low)
    silent = ", ".join(f"around {row['predicted']:.4g}" for row in table if row not in judged)
    left_out = f" (too small to say anything: {silent})" if silent else ""
    what = f"reliability{left_out}: predictions around {worst['predicted']:.4g} are off by"
    return by_interval(GROUP, key, what, size(worst["gap"]), limit, {"bins": bins})


def reliability(evidence: Evidence) -> list[dict]:
    """Bins of equal size by prediction: rows, units, mean prediction, mean label, and `gap` (observed - predicted).

    A regression's gap is a share of the mean absolute label of all rows. Equal predictions stay in one bin.
    """
    y, p, units, counts = evidence.y, evidence.predictions, evidence.rows.units.codes, evidence.counts
    scale = 1.0 if evidence.use_case.task.kind == "binary" else float(np.abs(y).mean()) or 1.0
    edges = np.unique(np.quantile(p, np.linspace(0, 1, evidence.gate.calibration.bins + 1)[1:-1]))
    bins = np.searchsorted(edges, p, side="right")
    table = []
    for number in np.unique(bins):
        inside = bins == number
        terms = np.column_stack([(y - p)[inside] / scale, np.ones(inside.sum())])
        sums = summed(counts, by_unit(terms, units[inside], counts.shape[1]))
        gap = evidence.interval(float(terms[:, 0].mean()), share(sums[:, 0], sums[:, 1]))
        row = {
            "rows": int(inside.sum()),
            "units": len(np.unique(units[inside])),
            "predicted": float(p[inside].mean()),
            "observed": float(y[inside].mean()),
        }
        table.append(row | {"gap": gap})
    return table
