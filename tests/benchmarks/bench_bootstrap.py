"""The gate's paired bootstrap against the plain way, in turns: draw rows, ask scikit-learn, again and again.

`python tests/benchmarks/bench_bootstrap.py` prints processor seconds per metric for 500 resamples of 20,000 rows and 4
models. The plain way takes minutes: it does a part of the resamples and is scaled up.
"""

import sys
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include"))

from lakeloop.config.use_case.gate import Bootstrap
from lakeloop.lifecycle.evaluation.bootstrap import differences, draw
from lakeloop.lifecycle.evaluation.rows import ScoredRows, Units

ROWS, ENTITIES, MODELS, PLAIN_RESAMPLES = 20_000, 2_000, 4, 20
SETTINGS = Bootstrap()
PLAIN = {"auc": roc_auc_score, "average_precision": average_precision_score, "brier": brier_score_loss}


def scored_rows() -> ScoredRows:
    random = np.random.default_rng(1)
    y = (random.random(ROWS) < 0.15).astype("float64")
    scores = {f"model {n}": np.clip(random.normal(0.3 + 0.2 * y, 0.2), 0, 1) for n in range(MODELS)}
    return ScoredRows("binary", y, scores, Units(random.integers(ENTITIES, size=ROWS), ENTITIES, "entities"))


def ours(rows: ScoredRows, metric: str) -> float:
    """Processor seconds for the intervals of one model against the three others."""
    start = time.process_time()
    first, *others = rows.predictions
    differences(rows, metric, first, others, SETTINGS)  # type: ignore[arg-type]
    return time.process_time() - start


def plain(rows: ScoredRows, metric: str) -> float:
    """Processor seconds that the same resamples, written out, would take."""
    counts = draw(rows.units, SETTINGS)[:PLAIN_RESAMPLES].astype("int64")
    start = time.process_time()
    for sample in counts:
        times = sample[rows.units.codes]
        y = np.repeat(rows.y, times)
        for scores in rows.predictions.values():
            PLAIN[metric](y, np.repeat(scores, times))
    return (time.process_time() - start) * SETTINGS.resamples / PLAIN_RESAMPLES


def main() -> None:
    rows = scored_rows()
    print(
        f"{SETTINGS.resamples} resamples of {ROWS:,} rows of {ENTITIES:,} entities, {MODELS} models; best of 3 turns"
    )
    for metric in PLAIN:
        turns = [(ours(rows, metric), plain(rows, metric)) for _ in range(3)]
        mine, theirs = (min(seconds) for seconds in zip(*turns, strict=True))
        print(
            f"{metric:18} {mine:7.2f} s   written out with scikit-learn {theirs:7.1f} s   {theirs / mine:5.0f} times"
        )


if __name__ == "__main__":
    main()
