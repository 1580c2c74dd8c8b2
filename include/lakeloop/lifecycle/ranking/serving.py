"""Whether the logged model can be served: its example, and its size."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.checks.verdicts import by_value, plain
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.ranking import logged
from lakeloop.lifecycle.scoring import packed_size
from lakeloop.lifecycle.tracking import EXAMPLE_ANSWERS

GROUP, CLOSE = "serving", 1e-6


def checks(use_case: RankingUseCase, files: Path) -> Iterator[Check]:
    """Those of ``gate.serving``, of the MLflow model in the folder `files`."""
    asked = use_case.gate.serving
    if asked.example:
        yield _example(files)
    if asked.packed_mib is not None:
        what = "the model's files, packed, take so many MiB:"
        yield by_value(GROUP, "gate.serving.packed_mib", what, packed_size(files) / 2**20, asked.packed_mib)


def _example(files: Path) -> Check:
    """The example as JSON, through MLflow's own scoring protocol, against what the model said right after training."""
    key, model = "gate.serving.example", mlflow.pyfunc.load_model(str(files))
    remembered = (model.metadata.metadata or {}).get(EXAMPLE_ANSWERS)
    if model.metadata.saved_input_example_info is None or remembered is None:
        return plain(GROUP, key, False, "the model was logged without an example and its answers")
    try:
        found = logged.apart(logged.plain(_served(model, files)), remembered)
    except Exception as error:  # whatever the model raises is why it cannot be served
        return plain(GROUP, key, False, f"the example cannot be served: {type(error).__name__}: {error}")
    said = f"{len(remembered)} example rows are served as JSON, at most {found:.2g} from what training said"
    figures = {"value": found, "limit": CLOSE}
    return plain(GROUP, key, found <= CLOSE, f"{said}, allowed is {CLOSE:g}", figures)


def _served(model: Any, files: Path) -> pd.DataFrame:
    from mlflow.models import validate_serving_input

    name = model.metadata.saved_input_example_info["serving_input_path"]
    return validate_serving_input(str(files), (files / name).read_text(encoding="utf-8"))
