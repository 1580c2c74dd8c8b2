"""Whether the candidate's answers are numbers that mean something."""

from typing import Any

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import by_value, plain
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.training.models import predictions

GROUP = "health"
DTYPE, FINITE = "gate.health.dtype", "gate.health.finite"


def judge(evidence: Evidence) -> list[Check]:
    """The checks of the candidate's answers about the holdout."""
    return of_answer(evidence.use_case, evidence.model.predict(evidence.x), len(evidence.x))


def unfit(use_case: LabelledUseCase, model: Any, x: pd.DataFrame) -> list[Check]:
    """The failed checks of answers of which no figure can be made: no numbers, or numbers that are not finite."""
    failed = [check for check in of_answer(use_case, model.predict(x), len(x)) if not check.passed]
    return [check for check in failed if check.key in (DTYPE, FINITE)]


def of_answer(use_case: LabelledUseCase, answer: Any, rows: int) -> list[Check]:
    """Numbers, finite, within their range, not all the same; what is no number is judged no further."""
    numbers = _numbers(np.asarray(answer), rows)
    if not numbers.passed:
        return [numbers]
    values = predictions(use_case.task.kind, answer)
    finite = _finite(values)
    if not finite.passed:
        return [numbers, finite]
    return [numbers, finite, *_within(use_case, values), *_varied(use_case, values)]


def _numbers(answer: np.ndarray, rows: int) -> Check:
    kind, width = str(answer.dtype), 1 if answer.ndim == 1 else answer.shape[-1]
    passed = (
        np.issubdtype(answer.dtype, np.floating) and len(answer) == rows and answer.ndim <= 2 and width <= 2
    )
    said = f"the model answers with {kind} of shape {answer.shape}, expected floating-point numbers for {rows} rows"
    return plain(GROUP, DTYPE, bool(passed), said, {"dtype": kind, "shape": list(answer.shape)})


def _finite(values: np.ndarray) -> Check:
    wrong = int((~np.isfinite(values)).sum())
    said = f"{wrong} of {len(values)} predictions are not finite, expected 0"
    return plain(GROUP, FINITE, wrong == 0, said, {"value": wrong, "limit": 0})


def _within(use_case: LabelledUseCase, answer: np.ndarray) -> list[Check]:
    bounds = (0.0, 1.0) if use_case.task.kind == "binary" else use_case.gate.health.range
    if bounds is None:
        return []
    low, high = float(answer.min()), float(answer.max())
    limit = f"[{bounds[0]:g}, {bounds[1]:g}]"
    said = f"predictions lie within [{low:.4g}, {high:.4g}], allowed is {limit}"
    figures = {"low": low, "high": high, "limit": limit}
    return [plain(GROUP, "gate.health.range", bounds[0] <= low and high <= bounds[1], said, figures)]


def _varied(use_case: LabelledUseCase, answer: np.ndarray) -> list[Check]:
    values, times = np.unique(answer, return_counts=True)
    common, share = float(values[times.argmax()]), float(times.max() / len(answer))
    if len(values) == 1:
        said = f"all {len(answer)} predictions are {common:.4g}, expected more than one value"
        return [plain(GROUP, "gate.health.constant", False, said, {"value": common})]
    said = f"{len(answer)} predictions have {len(values)} different values"
    checks = [plain(GROUP, "gate.health.constant", True, said, {"value": len(values)})]
    limit = use_case.gate.health.most_common
    if limit is not None:
        what = f"the most common prediction, {common:.4g}, has a share of"
        checks.append(by_value(GROUP, "gate.health.most_common", what, share, limit))
    return checks
