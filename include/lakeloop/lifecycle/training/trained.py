"""What training takes and gives, whatever the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Rows = tuple[
    pd.DataFrame, np.ndarray
]  # features and labels, as `features.model_input` and `features.labels` give them


@dataclass(frozen=True)
class Trained:
    """`final` knows all training rows; `judged` has not seen the early-stopping rows, so it can be judged on them.

    `curve`: the metric `params["eval_metric"]` on the early-stopping rows after each tree; empty for a linear model.
    """

    kind: str
    final: Any
    judged: Any
    params: Mapping[str, Any] = field(default_factory=dict)
    curve: tuple[float, ...] = ()
    importance: pd.Series | None = None
