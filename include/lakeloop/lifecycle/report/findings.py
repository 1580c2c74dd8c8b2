"""All that validation has found out about one model; report and card are two views of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lakeloop.config import LabelledUseCase, UseCase
from lakeloop.config.use_case.gate import Metric
from lakeloop.lifecycle.evaluation.bootstrap import Interval, draw, interval
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, Decision
from lakeloop.lifecycle.evaluation.metrics import metrics_of
from lakeloop.lifecycle.evaluation.rows import ScoredRows
from lakeloop.lifecycle.explain.contributions import NotExplainableError
from lakeloop.lifecycle.explain.study import Study, study

if TYPE_CHECKING:
    from typing import Any

    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Explained:
    """The explanations of the candidate, or why there are none."""

    study: Study | None
    why_not: str = ""


def explained(model: "Any", x: pd.DataFrame, predictions: np.ndarray) -> Explained:
    """Those of a pyfunc's `predictions` for the rows of `x`; a model of another kind says why it has none.

    Raises ContradictionError when an explanation does not add up to its prediction.
    """
    try:
        return Explained(study(model, x, predictions))
    except NotExplainableError as error:
        return Explained(None, str(error))


@dataclass(frozen=True)
class Judged:
    """A candidate and what the gate decided.

    Args:
        model_name: the registered model that it wants to be a version of.
        run_id: MLflow run that logged it; `tags` and `params` are that run's.
    """

    use_case: UseCase
    model_name: str
    run_id: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    decision: Decision


@dataclass(frozen=True)
class Findings(Judged):
    """Of one candidate on its holdout.

    Args:
        holdout: the rows of `rows` with keys, period, label and slice columns.
        slices: of :func:`slices.slice_table`.
        figures: by name, as they are logged.
        described: what the features mean, by column.
        looked_at: which training rows the checks looked at, as ``all training rows``.
    """

    use_case: LabelledUseCase
    holdout: pd.DataFrame
    rows: ScoredRows
    slices: pd.DataFrame
    explained: Explained
    figures: "Mapping[str, Figure]" = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    looked_at: str = ""

    def intervals(self) -> dict[Metric, Interval]:
        """Each figure of the candidate with its bootstrap interval, by metric."""
        bootstrap = self.use_case.gate.bootstrap
        counts = draw(self.rows.units, bootstrap)
        return {
            metric: interval(self.rows, metric, CANDIDATE, counts, bootstrap.confidence)
            for metric in metrics_of(self.use_case.task.kind, self.rows.stakes)
        }

    def slice_explanations(self) -> pd.DataFrame:
        """Mean |SHAP| by slice, see :meth:`Study.by_slice`; empty without explanations or slices."""
        if self.explained.study is None:
            return pd.DataFrame()
        return self.explained.study.by_slice(self.holdout, self.use_case.gate.slices.columns)
