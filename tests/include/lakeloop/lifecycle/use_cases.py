"""Use cases that no file of the repository describes, so that their tests say all that they rely on."""

import json
from typing import Any

from lakeloop.config import BatchUseCase

BINARY: dict[str, Any] = {
    "kind": "batch",
    "name": "visits",
    "description": "Will a visitor of a museum not come back in the next 4 weeks?",
    "owner": "tests",
    "source": "museum",
    "entity": {"keys": {"visitor": "bigint"}, "noun": ["visitor", "visitors"]},
    "period": {"unit": "week", "first": "2020-01-06"},
    "question": {"active": 8, "horizon": 4},
    "task": {"kind": "binary", "label": "gone", "prediction": "gone_probability"},
    "split": {"holdout": 9, "gap": 4, "early_stopping": 4, "min_train": 8},
    "baselines": [{"kind": "rule", "name": "idle rule", "feature": "idle_days", "nulls": "highest"}],
    "models": [{"kind": "xgboost"}, {"kind": "linear"}],
    "gate": {"floors": {"auc": ">= 0.6"}, "compare_by": "auc"},
    "retrain": {"every": 4},
    "score": {"cron": "0 3 * * *"},
}
REGRESSION: dict[str, Any] = BINARY | {
    "name": "tickets",
    "description": "How many tickets will a desk of a museum sell in the next 7 days?",
    "entity": {"keys": {"museum": "string", "desk": "int"}, "noun": ["desk", "desks"]},
    "period": {"unit": "day", "first": "2020-01-01"},
    "question": {"active": 28, "horizon": 7},
    "task": {"kind": "regression", "label": "sold", "prediction": "expected"},
    "split": {"holdout": 28, "gap": 7, "early_stopping": 14, "min_train": 30},
    "baselines": [{"kind": "seasonal_naive", "name": "last week", "lag": 7, "missing": 0.0}],
    "gate": {"floors": {"wape": "<= 0.5"}, "compare_by": "wape"},
}


def use_case(content: dict[str, Any], **changes: Any) -> BatchUseCase:
    """The use case that a YAML file of that content would describe."""
    return BatchUseCase.model_validate_json(json.dumps(content | changes))
