"""How well frauds of `lakeloop_datasets.cards` are found with the features of include/features/tests/fraud.yaml.

Learns from 120 days and the reports by then, leaves a gap of 14 days, and judges by the truth on the 30 days after it.

    python tests/benchmarks/bench_fraud.py [SEED ...]
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb
import yaml
from sklearn.metrics import average_precision_score

from eventfeatures import Engine
from lakeloop_datasets.cards import Cards, generate

FIRST = date(2025, 3, 1)
LEARNT, JUDGED, DAYS = 120, 134, 164
DEFINITION = Path(__file__).resolve().parents[2] / "include" / "features" / "tests" / "fraud.yaml"
PARAMETERS = {"n_estimators": 300, "max_depth": 6, "learning_rate": 0.06, "subsample": 0.8}
PARAMETERS |= {"colsample_bytree": 0.7, "min_child_weight": 4, "n_jobs": 1, "random_state": 0}


def main(seeds: list[int]) -> None:
    """Prints a line for each seed."""
    for seed in seeds:
        made = generate(FIRST, DAYS, seed)
        features = Engine(yaml.safe_load(DEFINITION.read_text())).replay(made.transactions).to_pandas()
        print(f"seed {seed}: {judged(made, features)}", flush=True)


def judged(made: Cards, features: pd.DataFrame) -> dict[str, float]:
    """Average precision of the model, of two rules, and of the model for each kind of fraud among honest payments."""
    x, ids = features.drop(columns="transaction_id"), features["transaction_id"]
    day = (made.transactions["event_time"] - pd.Timestamp(FIRST, tz="UTC")).dt.days.to_numpy()
    kind = ids.map(made.truth.set_index("transaction_id")["kind"]).fillna("honest").to_numpy(dtype=str)
    late = day >= JUDGED
    score = learnt(made, x, ids, day).predict_proba(x[late])[:, 1]
    scores: dict[str, np.ndarray | pd.Series] = {
        "model": score,
        "amount rule": x["amount"][late],
        "velocity rule": x["card_online_1h"][late],
    }
    found = {name: precision(kind[late] != "honest", values) for name, values in scores.items()}
    alone = {str(name): np.isin(kind[late], ["honest", name]) for name in sorted({*kind} - {"honest"})}
    return found | {name: precision(kind[late][rows] == name, score[rows]) for name, rows in alone.items()}


def learnt(made: Cards, x: pd.DataFrame, ids: pd.Series, day: np.ndarray) -> xgb.XGBClassifier:
    """A model of what had been reported when the judged days began."""
    then = pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=JUDGED)
    reported = ids.isin(made.reports["transaction_id"][made.reports["reported_at"] < then])
    return xgb.XGBClassifier(**PARAMETERS).fit(x[day < LEARNT], reported[day < LEARNT])


def precision(fraud: np.ndarray, score: np.ndarray | pd.Series) -> float:
    """Average precision, to three digits."""
    return round(float(average_precision_score(fraud, score)), 3)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [17, 18])
