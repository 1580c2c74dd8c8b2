"""Rows with a rule in them that one weight per feature cannot express."""

import numpy as np
import pandas as pd

FEATURES = ["recency", "frequency", "noise"]


def checkerboard(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Features and labels: 1 where exactly one of two features is high (with 10 % of the answers flipped)."""
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(rows, 3)), columns=FEATURES)
    y = ((x["recency"] > 0) ^ (x["frequency"] > 0)) ^ (random.random(rows) < 0.1)
    x.loc[random.random(rows) < 0.05, "noise"] = np.nan
    return x, y.to_numpy(dtype="int64")
