"""Rows of the two use cases of the tests, with a rule of three features in them and gaps in a fourth.

The rule is a sum: a product of two features is found by chance only, and then one bin more or less of a histogram
changes the error of the same training on one machine by a quarter.
"""

import numpy as np
import pandas as pd

from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

CASES = {"binary": use_case(BINARY), "regression": use_case(REGRESSION)}
PERIODS = {"binary": 36, "regression": 95}
ENTITIES = {"binary": 170, "regression": 65}
FEATURES = [f"f{number}" for number in range(6)]


def labelled(kind: str) -> pd.DataFrame:
    """Keys, period, features and label, about 6,000 rows."""
    case, periods, entities = CASES[kind], PERIODS[kind], ENTITIES[kind]
    rows, random = periods * entities, np.random.default_rng(5)
    x = random.normal(size=(rows, len(FEATURES)))
    signal = 1.5 * x[:, 0] - 2 * np.abs(x[:, 1]) + np.tanh(2 * x[:, 2]) + 1.5
    x[random.random(rows) < 0.05, 3] = np.nan
    frame = pd.DataFrame(x, columns=FEATURES)
    entity, period = np.tile(np.arange(entities), periods), np.repeat(np.arange(periods), entities)
    for key, sql_type in case.entity.keys.items():
        frame[key] = entity.astype(str) if sql_type == "string" else entity
    frame[case.period.column] = [case.period.as_of(int(number)) for number in period]
    chance = 1 / (1 + np.exp(-signal))
    frame[case.task.label] = (
        (random.random(rows) < chance).astype("int64")
        if kind == "binary"
        else 20 + 4 * signal + random.normal(size=rows)
    )
    return frame
