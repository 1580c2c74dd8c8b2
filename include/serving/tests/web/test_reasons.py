"""Reason codes on request, against the booster's own contributions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from oipscorer.conversion.folders import to_onnx
from oipscorer.protocol.reasons import reason_outputs
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import Server

ROWS = frame(40, seed=12)


def outputs(server: Server, most: int, **further: Any) -> dict[str, Any]:
    done = server.infer(by_column(ROWS, parameters={"reasons": most}, **further))
    assert done.status_code == 200, done.text
    return {output["name"]: output for output in done.json()["outputs"]}


def contributions(booster: xgb.Booster) -> np.ndarray:
    """Of the booster itself, without the base."""
    return booster.predict(xgb.DMatrix(ROWS), pred_contribs=True)[:, :-1]


def test_the_largest_contributions_of_each_row_come_with_their_features(
    server: Server, booster: xgb.Booster
) -> None:
    told = outputs(server, 2)

    right = contributions(booster)
    order = np.argsort(-np.abs(right), axis=1, kind="stable")[:, :2]
    assert told["reasons"]["shape"] == told["contributions"]["shape"] == [40, 2]
    assert (told["reasons"]["datatype"], told["contributions"]["datatype"]) == ("BYTES", "FP32")
    assert told["reasons"]["data"] == np.array(booster.feature_names)[order].ravel().tolist()
    assert np.array_equal(
        np.float32(told["contributions"]["data"]), np.take_along_axis(right, order, axis=1).ravel()
    )
    assert np.array_equal(np.float32(told["predict"]["data"]), expected(booster, ROWS))


def test_with_its_base_all_contributions_sum_to_the_log_odds(server: Server, booster: xgb.Booster) -> None:
    told = outputs(server, 4)

    sums = np.reshape(told["contributions"]["data"], (40, 4)).sum(axis=1)
    raw = booster.predict(xgb.DMatrix(ROWS), output_margin=True)
    base = booster.predict(xgb.DMatrix(ROWS), pred_contribs=True)[:, -1]
    assert np.allclose(sums + base, raw, atol=1e-5)


def test_outputs_that_are_named_come_alone_and_in_order(server: Server) -> None:
    told = outputs(server, 1, outputs=[{"name": "reasons"}, {"name": "predict"}])

    assert list(told) == ["reasons", "predict"]


@pytest.mark.parametrize("value", [0, -1, 5, 1.5, "2", True])
def test_a_number_of_reasons_that_cannot_be_is_refused_by_the_parameter(server: Server, value: Any) -> None:
    done = server.infer(by_column(ROWS, parameters={"reasons": value}))

    expected = (
        f"parameters.reasons: {value!r}, expected a whole number from 1 to 4, the features of version 1"
    )
    assert (done.status_code, done.json()) == (400, {"error": expected})


def test_several_scores_a_row_have_no_reasons(server: Server) -> None:
    done = server.infer(by_column(ROWS, parameters={"reasons": 1}), "/v2/models/multi/infer")

    assert done.status_code == 400
    assert "version 1 gives no reasons, because it has several scores a row" in done.json()["error"]


def test_reasons_cannot_be_asked_for_as_an_output_alone(server: Server) -> None:
    done = server.infer(by_column(ROWS, outputs=[{"name": "reasons"}]))

    assert (done.status_code, done.json()) == (
        400,
        {"error": "outputs[0].name: 'reasons', expected 'predict'"},
    )


def test_an_onnx_model_takes_its_reasons_from_the_booster_beside_it_or_says_that_there_is_none(
    start: Callable[..., Server], folders: Path, booster: xgb.Booster, tmp_path: Path
) -> None:
    to_onnx(folders / "churn-1", tmp_path / "both")
    to_onnx(folders / "churn-1", tmp_path / "alone")
    file = tmp_path / "alone" / "MLmodel"
    file.write_text(file.read_text().replace("xgboost:", "other:"))
    server = start("--model", f"churn={tmp_path}/both@1", "--model", f"churn={tmp_path}/alone@2")

    told = outputs(server, 4)
    refused = server.infer(by_column(ROWS, parameters={"reasons": 1}), "/v2/models/churn/versions/2/infer")

    assert np.allclose(np.abs(contributions(booster)).max(axis=1), np.abs(told["contributions"]["data"][::4]))
    assert np.allclose(told["predict"]["data"], expected(booster, ROWS), rtol=1e-5, atol=1e-6)
    assert refused.status_code == 400
    assert "because it is an ONNX model with no XGBoost model beside it" in refused.json()["error"]


def test_of_equal_contributions_the_earlier_column_comes_first_and_none_is_no_reason() -> None:
    names, added = reason_outputs(np.array([[0, -2, 2, 0]], dtype="float32"), ("a", "b", "c", "d"), 3)

    assert names.values == ["b", "c", ""]
    assert np.array_equal(added.values, [[-2, 2, 0]])
