"""What the checks of the gate cost, family by family, on a holdout of 20,000 rows and 46 features.

`python tests/benchmarks/bench_gate.py` trains a candidate on synthetic visitors, logs it in a folder of its own, and
prints processor seconds. Everything is switched on, and fairness fails, so that mitigation is worked out too.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "include"), str(ROOT)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import mlflow  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from lakeloop.lifecycle import checks, tracking  # noqa: E402
from lakeloop.lifecycle import features as contract  # noqa: E402
from lakeloop.lifecycle.evaluation.gate import CANDIDATE  # noqa: E402
from lakeloop.lifecycle.evaluation.rows import ScoredRows, units_of  # noqa: E402
from lakeloop.lifecycle.evaluation.slices import slice_table  # noqa: E402
from lakeloop.lifecycle.training import models  # noqa: E402
from lakeloop.lifecycle.training.splits import TimeSplit, sliding_split  # noqa: E402
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case  # noqa: E402

ENTITIES, WEEKS, FEATURES = 2_222, 41, 46
GATE = {
    "floors": {"auc": ">= 0.6"},
    "compare_by": "auc",
    "slices": {"columns": ["district"], "floors": {"auc": ">= 0.5"}},
    "calibration": {"intercept": [-1, 1], "worst_bin": "<= 0.1"},
    "fairness": {
        "columns": ["district"],
        "threshold": {"top": 0.1},
        "demographic_parity_difference": "<= 0.0",
        "equalized_odds_difference": "<= 0.0",
    },
    "leakage": {"collapse": "<= 0.95"},
    "stability": {"missing": {"share": 0.05, "loss": "<= 0.2", "rank_correlation": ">= 0.5"}},
    "behaviour": [
        {"kind": "direction", "name": "d", "feature": "f0", "change": {"add": 1}, "expect": "not lower"},
        {"kind": "invariance", "name": "i", "feature": "f45", "change": {"add": 1}, "tolerance": 0.5},
    ],
    "budgets": {"one_row_ms": "<= 1000", "thousand_rows_ms": "<= 1000"},
}
ASKED = use_case(BINARY, gate=GATE)


def visitors() -> pd.DataFrame:
    """Entities with a state that lasts; features see it through more and more noise."""
    random = np.random.default_rng(1)
    rows, level = ENTITIES * WEEKS, random.normal(size=ENTITIES)
    state = np.tile(level, WEEKS) + random.normal(size=rows)
    columns = {f"f{n}": state + n / 4 * random.normal(size=rows) for n in range(FEATURES)}
    as_of = [ASKED.period.as_of(week) for week in range(WEEKS)]
    district = np.tile(np.array(["east", "west"])[(level > 0).astype(int)], WEEKS)
    keys = {"visitor": np.tile(np.arange(ENTITIES), WEEKS), "as_of": np.repeat(np.array(as_of), ENTITIES)}
    gone = (state + random.normal(size=rows) > 1.5).astype("int64")
    return pd.DataFrame({**keys, **columns, "gone": gone, "district": district})


def candidate(frame: pd.DataFrame, split: TimeSplit, folder: Path) -> Path:
    """The files of a model that was trained and logged as the train notebook does it."""
    names = [f"f{n}" for n in range(FEATURES)]
    parts = [
        (contract.model_input(part.rows(frame), names), contract.labels(part.rows(frame), "gone", "binary"))
        for part in (split.fit, split.early_stopping, split.train)
    ]
    trained = models.train(ASKED.models[0], ASKED.task, *parts)
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.MlflowClient().create_experiment("bench", artifact_location=f"file://{folder}/artifacts")
    mlflow.set_experiment("bench")
    with mlflow.start_run() as run:
        tracking.log_model(trained.final, "model", parts[0][0].head(5))
    return Path(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model", dst_path=str(folder)))


def evidence(folder: Path) -> checks.Evidence:
    frame = visitors()
    split = sliding_split(frame["as_of"].unique(), ASKED.period, ASKED.split)
    holdout, files = split.holdout.rows(frame), candidate(frame, split, folder)
    model, x = (
        mlflow.pyfunc.load_model(str(files)),
        contract.model_input(holdout, [f"f{n}" for n in range(FEATURES)]),
    )
    said = models.predict(model, ASKED.task, x)
    rows = ScoredRows("binary", holdout["gone"].to_numpy(), {CANDIDATE: said}, units_of(ASKED, holdout))
    slices = slice_table(holdout, rows, ["district"], ["auc"], CANDIDATE, ASKED.gate.bootstrap)
    return checks.Evidence(ASKED, rows, holdout, frame, split, x, model, files, slices)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found, total = evidence(Path(folder)), 0.0
        print(
            f"{len(found.x):,} rows of {ENTITIES:,} entities, {found.x.shape[1]} features; processor seconds"
        )
        for family in checks.FAMILIES:
            start = time.process_time()
            made = family.judge(found)
            total += (taken := time.process_time() - start)
            failed = [check.key for check in made if not check.passed]
            print(
                f"{family.__name__.rsplit('.', 1)[-1]:12} {taken:6.1f} s  {len(made)} checks, refused: {failed}"
            )
        print(f"{'all':12} {total:6.1f} s")


if __name__ == "__main__":
    main()
