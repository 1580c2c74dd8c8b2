"""What would help when a limit is broken: thresholds by group, or a model that was trained to be fair.

Both are Fairlearn's: Hardt, Price, Srebro (2016), "Equality of opportunity in supervised learning", and Agarwal et al.
(2018), "A reductions approach to fair classification". They are worked out and reported; nothing is changed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.fairness.figures import rates
from lakeloop.lifecycle.checks.fairness.groups import Groups
from lakeloop.lifecycle.evaluation.slices import slice_values

TRAINED_ON = (
    5_000  # rows: a linear model knows enough by then, and the reductions train it up to a dozen times
)
ROUNDS = 12
CONSTRAINTS = {"equalized_odds_difference": "equalized_odds"}  # of all others demographic parity


@dataclass(frozen=True)
class Proposal:
    """What a mitigation gives on rows that it has not seen: disparity, balanced accuracy and share of yes."""

    mitigation: str
    constraint: str
    before: float
    after: float
    balanced_accuracy_before: float
    balanced_accuracy_after: float
    selected_before: float
    selected_after: float

    def sentence(self, name: str) -> str:
        accuracy = f"{self.balanced_accuracy_after:.4f} instead of {self.balanced_accuracy_before:.4f}"
        return (
            f"{self.mitigation} would give {name.replace('_', ' ')} {self.after:.4f} instead of {self.before:.4f}, at "
            f"a balanced accuracy of {accuracy}"
        )


class _Scores(BaseEstimator):
    """A fitted estimator for Fairlearn whose only input is the prediction itself."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> "_Scores":
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x).ravel()

    def __sklearn_is_fitted__(self) -> bool:
        return True


def proposals(
    evidence: Evidence, groups: Groups, column: str, decided: np.ndarray, name: str
) -> list[Proposal]:
    """Each mitigation that can be worked out: thresholds from half of the holdout's entities, the model from the
    training periods, and both judged on the holdout's other entities.

    Args:
        decided: the decisions about the judged rows as they are (shape: judged).
        name: Fairlearn's name of the disparity that is too large.
    """
    constraint = CONSTRAINTS.get(name, "demographic_parity")
    judged = _half(evidence, groups)
    decisions = {
        "thresholds by group (fairlearn ThresholdOptimizer)": _thresholds(
            evidence, groups, constraint, judged
        ),
        "a linear model trained for it (fairlearn ExponentiatedGradient)": _reduced(
            evidence, groups, column, constraint, judged
        ),
    }
    before = _figures(evidence, groups, decided[judged], judged, name)
    found = []
    for mitigation, after in decisions.items():
        if after is not None:
            figures = zip(before, _figures(evidence, groups, after, judged, name), strict=True)
            found.append(
                Proposal(mitigation, constraint, *(float(each) for pair in figures for each in pair))
            )
    return found


def _half(evidence: Evidence, groups: Groups) -> np.ndarray:
    """Which of the judged rows belong to the entities that judge: half of them (shape: judged)."""
    random = np.random.default_rng(evidence.gate.bootstrap.seed)
    judges = random.permutation(evidence.rows.units.count) % 2 == 0
    return judges[evidence.rows.units.codes[groups.judged]]


def _figures(
    evidence: Evidence, groups: Groups, decided: np.ndarray, judged: np.ndarray, name: str
) -> tuple[float, float, float]:
    y, units = evidence.y[groups.judged][judged], np.zeros(int(judged.sum()), dtype="int64")
    found = rates(y, decided, groups.codes[judged], units, np.ones((1, 1))).disparities()[name]
    return float(found[0]), float(balanced_accuracy_score(y, decided)), float(decided.mean())


def _thresholds(evidence: Evidence, groups: Groups, constraint: str, judged: np.ndarray) -> np.ndarray | None:
    from fairlearn.postprocessing import ThresholdOptimizer

    scores = evidence.predictions[groups.judged].reshape(-1, 1)
    y, names = evidence.y[groups.judged], groups.codes
    if not _both_classes(y[~judged], names[~judged], len(groups.names)):
        return None
    optimizer = ThresholdOptimizer(
        estimator=_Scores(),
        constraints=constraint,
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict",
    )
    optimizer.fit(scores[~judged], y[~judged], sensitive_features=names[~judged])
    seed = evidence.gate.bootstrap.seed
    answer = optimizer.predict(scores[judged], sensitive_features=names[judged], random_state=seed)
    return np.asarray(answer, dtype="float64")


def _both_classes(y: np.ndarray, names: np.ndarray, count: int) -> bool:
    """Fairlearn needs both classes in each group."""
    return all(len(np.unique(y[names == number])) == 2 for number in range(count))


def _balanced(train: pd.DataFrame, label: str, seed: int) -> pd.DataFrame:
    """As many rows of either class, none unless there are both: a model of a rare class would be fair by never naming
    it."""
    of_class = [part for _, part in train.groupby(train[label].astype("int64"))]
    if len(of_class) < 2:
        return train.head(0)
    size = min(TRAINED_ON // 2, *(len(part) for part in of_class))
    return pd.concat([part.sample(size, random_state=seed) for part in of_class])


def _reduced(
    evidence: Evidence, groups: Groups, column: str, constraint: str, judged: np.ndarray
) -> np.ndarray | None:
    from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient

    train = evidence.split.train.rows(evidence.known)
    values = slice_values(train[column], cut_like=evidence.holdout[column])
    train, task = train[values.isin(groups.names)], evidence.use_case.task
    train = _balanced(train, task.label, evidence.gate.bootstrap.seed)
    y, names = contract.labels(train, task.label, task.kind), values[train.index].to_numpy()
    codes = np.searchsorted(np.array(groups.names, dtype=str), names.astype(str))
    if not _both_classes(y, codes, len(groups.names)):
        return None
    prepare: Any = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    x = prepare.fit_transform(contract.model_input(train, list(evidence.x.columns)))
    fair = ExponentiatedGradient(
        LogisticRegression(max_iter=200),
        constraints=EqualizedOdds() if constraint == "equalized_odds" else DemographicParity(),
        max_iter=ROUNDS,
    )
    fair.fit(x, y, sensitive_features=names)
    asked = prepare.transform(evidence.x[groups.judged][judged])
    return np.asarray(fair.predict(asked, random_state=evidence.gate.bootstrap.seed), dtype="float64")
