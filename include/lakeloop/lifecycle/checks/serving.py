"""Whether the logged model can be served, answers as it did in training, and keeps its budgets."""

import time
from typing import Any

import numpy as np
import pandas as pd

from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import by_value, plain
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.scoring import packed_size
from lakeloop.lifecycle.tracking import EXAMPLE_ANSWERS
from lakeloop.lifecycle.training.models import predictions

GROUP, BUDGETS = "serving", "budgets"
CALLS = {1: 100, 1000: 20}  # how often a batch of so many rows is timed
CLOSE = 1e-6  # of an answer, relative: single precision


def judge(evidence: Evidence) -> list[Check]:
    """The checks of `gate.serving` and `gate.budgets`."""
    asked, checks = evidence.gate.serving, []
    if asked.signature:
        checks.append(_signature(evidence))
    if asked.example:
        checks.append(_example(evidence))
    return [*checks, *_budgets(evidence)]


def _signature(evidence: Evidence) -> Check:
    key, signature = "gate.serving.signature", evidence.model.metadata.signature
    if signature is None or signature.outputs is None or not signature.inputs.has_input_names():
        said = "the model was logged without a signature that names inputs and output; log it with one"
        return plain(GROUP, key, False, said)
    kinds = sorted({str(column.type) for column in signature.inputs.inputs})
    said = f"the signature names {len(signature.inputs.inputs)} inputs ({', '.join(kinds)}) and an output"
    return plain(GROUP, key, True, said)


def _example(evidence: Evidence) -> Check:
    """The example as JSON, through MLflow's own scoring protocol, against what the model said right after training."""
    key = "gate.serving.example"
    metadata = evidence.model.metadata
    remembered = (metadata.metadata or {}).get(EXAMPLE_ANSWERS)
    if metadata.saved_input_example_info is None or remembered is None:
        said = (
            "the model was logged without an example and its answers; log it by lakeloop.lifecycle.tracking"
        )
        return plain(GROUP, key, False, said)
    try:
        served = predictions(evidence.use_case.task.kind, served_example(evidence))
    except Exception as error:  # whatever the model raises is why it cannot be served
        return plain(GROUP, key, False, f"the example cannot be served: {type(error).__name__}: {error}")
    expected = predictions(evidence.use_case.task.kind, remembered)
    apart = float(np.abs(served - expected).max()) if served.shape == expected.shape else np.inf
    passed = served.shape == expected.shape and np.allclose(served, expected, rtol=CLOSE, atol=CLOSE)
    said = f"{len(served)} example rows are served as JSON, at most {apart:.2g} from what training said"
    return plain(GROUP, key, passed, f"{said}, allowed is {CLOSE:g}", {"value": apart, "limit": CLOSE})


def served_example(evidence: Evidence) -> Any:
    """What the model says about its own example when that comes as JSON, as a request to a server does."""
    from mlflow.models import validate_serving_input

    name = evidence.model.metadata.saved_input_example_info["serving_input_path"]
    return validate_serving_input(str(evidence.folder), (evidence.folder / name).read_text(encoding="utf-8"))


def _budgets(evidence: Evidence) -> list[Check]:
    asked, checks = evidence.gate.budgets, []
    for name, limit, rows in (
        ("one_row_ms", asked.one_row_ms, 1),
        ("thousand_rows_ms", asked.thousand_rows_ms, 1000),
    ):
        if limit is not None:
            what = f"95 % of {CALLS[rows]} calls with {rows} rows take at most so many ms:"
            value = slowest(evidence, rows)
            checks.append(by_value(BUDGETS, f"gate.budgets.{name}", what, value, limit))
    if asked.packed_mib is not None:
        mib = packed_size(evidence.folder) / 2**20
        what = "the model's files, packed, take so many MiB:"
        checks.append(by_value(BUDGETS, "gate.budgets.packed_mib", what, mib, asked.packed_mib))
    return checks


def slowest(evidence: Evidence, rows: int) -> float:
    """Milliseconds of which 95 % of the calls with `rows` rows stay below, through MLflow's pyfunc."""
    places = np.arange(rows) % len(evidence.x)
    batch: pd.DataFrame = evidence.x.iloc[places].reset_index(drop=True)
    evidence.model.predict(batch)  # the first call also loads
    taken = []
    for _ in range(CALLS[rows]):
        start = time.perf_counter()
        evidence.model.predict(batch)
        taken.append(1000 * (time.perf_counter() - start))
    return float(np.quantile(taken, 0.95))
