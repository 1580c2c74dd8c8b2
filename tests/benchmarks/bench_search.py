"""Grid, random and Bayesian search at equal budget on rows of churn; trials side by side and one after the other.

    python tests/benchmarks/bench_search.py --rows training_set.parquet [--households 0.2]
        [--trials 12] [--seeds 5] [--figures FOLDER]

`--rows` is the table `churn_gold.training_set` as one Parquet file. Each seed draws households and sets the sampler.
The budget is a number of trials, as a budget in seconds would measure the machine. `auc` is the mean of the folds of
the best trial; `holdout` is what that setting, trained on all training periods, reaches on periods no trial saw.
`--figures` draws the trials of one Bayesian search instead, as the notebook `tune` does.
The speed-up is taken on Spark: $SPARK_REMOTE, else a classic driver of as many threads as there are cores.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include"))

from lakeloop.config import LabelledUseCase, load_labelled_use_case
from lakeloop.config.use_case.search import Search
from lakeloop.lifecycle.evaluation.metrics import value
from lakeloop.lifecycle.features import labels, model_input
from lakeloop.lifecycle.search import choice
from lakeloop.lifecycle.search.execution import Evaluate, in_this_process, on_spark
from lakeloop.lifecycle.search.figures import figures
from lakeloop.lifecycle.search.preparation import Prepared, prepare
from lakeloop.lifecycle.search.study import Trial
from lakeloop.lifecycle.training.models import predict, train
from lakeloop.lifecycle.training.splits import TimeSplit, sliding_split

KINDS = ("grid", "random", "bayesian")
FREE: dict[str, Any] = {
    "learning_rate": {"kind": "float", "low": 0.02, "high": 0.3, "log": True},
    "max_depth": {"kind": "int", "low": 2, "high": 6},
    "min_child_weight": {"kind": "float", "low": 1, "high": 100, "log": True},
    "subsample": {"kind": "float", "low": 0.4, "high": 1.0},
    "colsample_bytree": {"kind": "float", "low": 0.2, "high": 1.0},
}
GRID: dict[str, Any] = {
    "learning_rate": {"kind": "choice", "of": [0.05, 0.15]},
    "max_depth": {"kind": "choice", "of": [2, 4, 6]},
    "min_child_weight": {"kind": "choice", "of": [5, 50]},
}


class Nowhere:
    """A record that keeps nothing and knows the time."""

    def __init__(self) -> None:
        self.trials: dict[int, Trial] = {}
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def add(self, trial: Trial) -> None: ...


def asked(kind: str, trials: int, seed: int, parallel: int = 1) -> Search:
    space = {"xgboost": GRID if kind == "grid" else FREE}
    folds = {"count": 2, "periods": 2}
    cold: dict[str, Any] = {} if kind == "grid" else {"warm_start": False}
    budget = {"trials": trials, "seconds": 100_000, "seed": seed, "parallel": parallel}
    content = {"kind": kind, "space": space, "folds": folds, **budget, **cold}
    return Search.model_validate_json(json.dumps(content))


def prepared(use_case: LabelledUseCase, frame: pd.DataFrame, split: TimeSplit, search: Search) -> Prepared:
    features = [name for name in use_case.feature_names(list(frame.columns)) if frame[name].dtype != object]
    return prepare(use_case.model_copy(update={"search": search}), frame, features, split.train)


def on_holdout(
    use_case: LabelledUseCase, frame: pd.DataFrame, split: TimeSplit, found: Prepared, best: Trial
) -> float:
    """AUC of the winner, trained as the train notebook does."""
    features, task = found.rows.features, use_case.task

    def rows(part: Any) -> Any:
        chosen = part.rows(frame)
        return model_input(chosen, features), labels(chosen, task.label, task.kind)

    model = choice.named(best, found.base, "").model
    trained = train(model, task, rows(split.fit), rows(split.early_stopping), rows(split.train))
    x, y = rows(split.holdout)
    return value("auc", y, predict(trained.final, task, x))


def drawn(use_case: LabelledUseCase, frame: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    [key] = use_case.entity.keys
    everyone = np.sort(frame[key].unique())
    chosen = np.random.default_rng(seed).choice(everyone, max(1, int(share * len(everyone))), replace=False)
    return frame[frame[key].isin(chosen)].reset_index(drop=True)


def compare(use_case: LabelledUseCase, frame: pd.DataFrame, options: Any) -> None:
    sure = (
        1 - 2 / 2**options.seeds
    )  # that the median lies between the lowest and the highest, see docs/benchmarks.md
    print(
        f"{options.trials} trials, {options.seeds} seeds; median [lowest, highest], a {sure:.0%} interval of it"
    )
    for kind in KINDS:
        reached = []
        for seed in range(options.seeds):
            some = drawn(use_case, frame, options.households, seed)
            split = sliding_split(some[use_case.period.column].unique(), use_case.period, use_case.split)
            found = prepared(use_case, some, split, asked(kind, options.trials, seed))
            trials, _ = found.conduct(in_this_process(found.judge(), found.rows), Nowhere())
            best = choice.winner(trials, "auc")
            reached.append((best.mean, on_holdout(use_case, some, split, found, best)))
        columns = zip(("auc", "holdout"), zip(*reached, strict=True), strict=True)
        words = [f"{name} {statistics.median(v):.4f} [{min(v):.4f}, {max(v):.4f}]" for name, v in columns]
        print(f"  {kind:9} {'   '.join(words)}", flush=True)


def speed_up(use_case: LabelledUseCase, frame: pd.DataFrame, options: Any) -> None:
    some = drawn(use_case, frame, options.households, 0)
    split = sliding_split(some[use_case.period.column].unique(), use_case.period, use_case.split)
    found = prepared(use_case, some, split, asked("random", options.trials, 0, parallel=4))
    spark = _spark()
    try:
        ways: dict[str, Evaluate] = {
            "one after the other": in_this_process(found.judge(), found.rows),
            "side by side": on_spark(spark, found.judge(), found.rows),
        }
        found.conduct(ways["side by side"], Nowhere())  # starts the workers
        seconds, results = {}, {}
        for name, evaluate in ways.items():
            record = Nowhere()
            results[name] = [(trial.params, trial.values) for trial in found.conduct(evaluate, record)[0]]
            seconds[name] = record.seconds
    finally:
        spark.stop()
    one, many = seconds.values()
    same = "the same trials" if results["one after the other"] == results["side by side"] else "OTHER TRIALS"
    print(
        f"serial {one:.1f} s, parallel {many:.1f} s: {one / many:.2f} times, {same}; {os.cpu_count()} cores"
    )


def draw(use_case: LabelledUseCase, frame: pd.DataFrame, options: Any) -> None:
    some = drawn(use_case, frame, options.households, 0)
    split = sliding_split(some[use_case.period.column].unique(), use_case.period, use_case.split)
    found = prepared(use_case, some, split, asked("bayesian", options.trials, 0))
    trials, study = found.conduct(in_this_process(found.judge(), found.rows), Nowhere())
    for name, figure in figures(found.search, trials, study, found.metric).items():
        file = options.figures / f"search_{name.replace('/', '_')}.png"
        figure.savefig(file, dpi=110)
        print(file, flush=True)


def _spark() -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    remote = os.environ.get("SPARK_REMOTE")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # what a classic driver's workers run
    return (builder.remote(remote) if remote else builder.master("local[*]")).getOrCreate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--households", type=float, default=1.0, help="share of them")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=5, help="0: only the speed-up")
    parser.add_argument("--without-spark", action="store_true")
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    use_case, frame = load_labelled_use_case("churn"), pd.read_parquet(options.rows)
    if options.figures:
        draw(use_case, frame, options)
        return
    if options.seeds:
        compare(use_case, frame, options)
    if not options.without_spark:
        speed_up(use_case, frame, options)


if __name__ == "__main__":
    main()
