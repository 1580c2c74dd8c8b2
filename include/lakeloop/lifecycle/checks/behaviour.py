"""The behavioural tests that the use case declares, see :mod:`lakeloop.config.use_case.behaviour`."""

import numpy as np
import pandas as pd

from lakeloop.config.use_case.behaviour import Change, Direction, Invariance, Minimum
from lakeloop.config.use_case.limits import keeps
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.evaluation.gate import Check

GROUP = "behaviour"
TRIED_ON = 5_000  # rows of the holdout


def judge(evidence: Evidence) -> list[Check]:
    """A check for each test of `gate.behaviour`."""
    chosen = np.arange(len(evidence.x))
    if len(chosen) > TRIED_ON:
        chosen = np.random.default_rng(evidence.gate.bootstrap.seed).choice(chosen, TRIED_ON, replace=False)
    x, before = evidence.x.iloc[np.sort(chosen)], evidence.predictions[np.sort(chosen)]
    checks = []
    for place, test in enumerate(evidence.gate.behaviour):
        key = f"gate.behaviour.{place}.{test.kind}"
        if isinstance(test, Minimum):
            checks.append(_minimum(evidence, test, key))
        else:
            moved = evidence.predict(changed(x, test.feature, test.change)) - before
            checks.append(_moved(test, key, moved))
    return checks


def changed(x: pd.DataFrame, feature: str, change: Change) -> pd.DataFrame:
    """`x` with the change made to one feature of all rows."""
    values = x[feature]
    if change.set is not None:
        values = pd.Series(change.set, index=x.index)
    elif change.multiply is not None:
        values = values * change.multiply
    elif change.add is not None:
        values = values + change.add
    return x.assign(**{feature: values})


def _moved(test: Invariance | Direction, key: str, moved: np.ndarray) -> Check:
    wrong, most = wrongly(test, moved), np.abs(moved).max(initial=0.0)  # NaN where an answer is none
    share, passed = float(wrong.mean()), bool(wrong.mean() <= test.exceptions)
    wanted = (
        "predictions that stay" if isinstance(test, Invariance) else f"predictions that are {test.expect}"
    )
    said = (
        f"{test.name}: {test.feature} {_told(test.change)} should give {wanted} (tolerance {test.tolerance:g}), "
        f"and {share:.2%} of {len(moved)} rows do otherwise, the largest move is {most:.4g}; allowed are "
        f"{test.exceptions:.2%} ({key})"
    )
    figures = {"name": test.name, "share": share, "largest_move": float(most), "limit": test.exceptions}
    return Check(key, passed, said, figures, GROUP, f"{share:.2%}", f"<= {test.exceptions:.2%}")


def wrongly(test: Invariance | Direction, moved: np.ndarray) -> np.ndarray:
    """Which predictions moved as they should not, or became none (NaN) (shape: rows)."""
    if isinstance(test, Invariance):
        return ~(np.abs(moved) <= test.tolerance)
    return ~((-moved if test.expect == "not lower" else moved) <= test.tolerance)


def _minimum(evidence: Evidence, test: Minimum, key: str) -> Check:
    found = float(evidence.predict(described(evidence.x, test))[0])
    passed = keeps(found, test.expect)
    row = ", ".join(
        f"{name} {'missing' if value is None else f'{value:g}'}" for name, value in test.row.items()
    )
    said = f"{test.name}: the row with {row} is predicted {found:.4g}, expected {test.expect} ({key})"
    figures = {"name": test.name, "value": found, "limit": test.expect}
    return Check(key, passed, said, figures, GROUP, f"{found:.4g}", test.expect)


def described(x: pd.DataFrame, test: Minimum) -> pd.DataFrame:
    """The described row as a table of one row; all else is the median of `x`, or missing."""
    others = x.median() if test.others == "median" else pd.Series(np.nan, index=x.columns)
    row = {name: np.nan if value is None else value for name, value in test.row.items()}
    return pd.DataFrame([{**dict(others), **row}])[list(x.columns)].astype("float64")


def _told(change: Change) -> str:
    """``plus 7``, ``times 2``, ``set to 0``."""
    if change.add is not None:
        return f"plus {change.add:g}"
    return f"times {change.multiply:g}" if change.multiply is not None else f"set to {change.set:g}"
