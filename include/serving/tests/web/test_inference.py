"""Inference over HTTP, against the booster itself."""

from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import as_matrix, by_column
from oipscorer_testing.server import Server

ROWS = frame(7, seed=9)


def scores(answer: Any) -> np.ndarray:
    (output,) = answer["outputs"]
    assert (output["name"], output["datatype"]) == ("predict", "FP32")
    return np.array(output["data"], dtype=np.float32).reshape(output["shape"])


@pytest.mark.parametrize("content", [by_column(ROWS), as_matrix(ROWS), as_matrix(ROWS, nested=True)])
def test_every_form_of_a_request_is_answered_as_the_booster_does(
    server: Server, booster: xgb.Booster, content: dict[str, Any]
) -> None:
    done = server.infer(content)

    assert done.status_code == 200, done.text
    assert np.array_equal(scores(done.json()), expected(booster, ROWS))


def test_the_order_of_columns_does_not_matter_and_a_column_may_be_two_dimensional(
    server: Server, booster: xgb.Booster
) -> None:
    content = by_column(ROWS)
    content["inputs"].reverse()
    content["inputs"][0].update(shape=[7, 1], data=[[value] for value in ROWS["share"].tolist()])

    assert np.array_equal(scores(server.infer(content).json()), expected(booster, ROWS))


def test_classes_stand_in_a_second_dimension(server: Server, boosters: dict[str, xgb.Booster]) -> None:
    answer = server.infer(by_column(ROWS), "/v2/models/multi/versions/1/infer").json()

    assert answer["outputs"][0]["shape"] == [7, 3]
    assert np.array_equal(scores(answer), expected(boosters["multi"], ROWS))


def test_a_batch_too_large_for_the_event_loop_is_answered_alike(server: Server, booster: xgb.Booster) -> None:
    rows = frame(1000, seed=4)

    assert np.array_equal(scores(server.infer(as_matrix(rows)).json()), expected(booster, rows))


def test_id_and_parameters_come_back_and_the_answer_names_its_version(server: Server) -> None:
    parameters = {"sticky_key": "h-1", "n": 2, "x": 0.5, "yes": True}

    answer = server.infer(
        by_column(ROWS, id="42", parameters=parameters, outputs=[{"name": "predict"}])
    ).json()

    assert (answer["id"], answer["parameters"]) == ("42", parameters)
    assert (answer["model_name"], answer["model_version"]) == ("churn", "1")
    assert "id" not in server.infer(by_column(ROWS)).json()
