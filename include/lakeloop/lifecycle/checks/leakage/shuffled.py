"""Whoever learns from shuffled labels must not know the true ones.

Ojala, Garriga (2010), "Permutation tests for studying classifier performance", Journal of Machine Learning Research 11.
One such model can rank the holdout well or badly by chance, because a random direction may lie along the true one: what
must not differ from chance is the mean over several shuffles, by Student's interval over them.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata, t

from lakeloop.config.use_case.task import Model, XGBoost
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.evaluation.metrics import value
from lakeloop.lifecycle.training import models

GROUP, KEY = "leakage", "gate.leakage.shuffles"
TRAINED_ON = 4_000  # rows
TREES = 30
ONE_SIDED = 0.999  # a sound candidate is refused by noise once in a thousand times


def judge(evidence: Evidence) -> list[Check]:
    """The candidate's kind of model, quickly trained on shuffled labels as often as `gate.leakage.shuffles` says."""
    shuffles = evidence.gate.leakage.shuffles
    if not shuffles:
        return []
    task, chance = evidence.use_case.task.kind, 0.5 if evidence.use_case.task.kind == "binary" else 0.0
    found = np.array(
        [_skill(task, evidence.y, predicted) for predicted in learned_nothing(evidence, shuffles)]
    )
    low = found.mean() - t.ppf(ONE_SIDED, shuffles - 1) * found.std(ddof=1) / np.sqrt(shuffles)
    passed, what = bool(low <= chance), "AUC" if task == "binary" else "rank correlation"
    said = (
        f"trained on shuffled labels the mean holdout {what} of {shuffles} models is {found.mean():.4f}, at least "
        f"{low:.4f} at {ONE_SIDED:.1%}; chance is {chance:g}"
    )
    if not passed:
        said += ": training or judging knows the answers in another way than by the labels"
    figures = {"values": found.tolist(), "mean": float(found.mean()), "low": float(low), "limit": chance}
    return [
        Check(KEY, passed, f"{said} ({KEY})", figures, GROUP, f"{found.mean():.4f}", f"chance {chance:g}")
    ]


def learned_nothing(evidence: Evidence, shuffles: int) -> list[np.ndarray]:
    """Predictions on the holdout of one model for each shuffle (shape of each: rows)."""
    task, names = evidence.use_case.task, list(evidence.x.columns)
    random = np.random.default_rng(evidence.gate.bootstrap.seed)
    train = _sample(evidence.split.train.rows(evidence.known), evidence.gate.bootstrap.seed)
    x, y = contract.model_input(train, names), contract.labels(train, task.label, task.kind)
    quick, early = _quick(evidence.use_case.models[0]), len(x) * 4 // 5
    answers = []
    for _ in range(shuffles):
        shuffled = random.permutation(y)
        parts = [(x[:early], shuffled[:early]), (x[early:], shuffled[early:]), (x, shuffled)]
        answers.append(models.predict(models.train(quick, task, *parts).final, task, evidence.x))
    return answers


def _sample(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    return train.sample(min(len(train), TRAINED_ON), random_state=seed, ignore_index=True)


def _quick(model: Model) -> Model:
    """The same kind with few trees: labels that say nothing need no more."""
    if not isinstance(model, XGBoost):
        return model
    few = {"n_estimators": TREES, "early_stopping_rounds": TREES}
    return model.model_copy(update={"params": {**model.params, **few}})


def _skill(task: str, y: np.ndarray, predicted: np.ndarray) -> float:
    """AUC, or rank correlation; what chance gives where all predictions are the same."""
    if task == "binary":
        return value("auc", y, predicted)
    if np.ptp(predicted) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(y), rankdata(predicted))[0, 1])
