"""Whatever is valid is answered as the booster answers it; whatever is not is refused, and nothing fails."""

from typing import Any

import httpx
import numpy as np
import pandas as pd
import xgboost as xgb
from hypothesis import HealthCheck, example, given, settings

from oipscorer_testing.models import expected
from oipscorer_testing.mutations import broken, mutated, requests
from oipscorer_testing.server import INFER, Server

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refused(done: httpx.Response) -> bool:
    """Whether it is a client's error with a sentence."""
    return done.status_code == 400 and isinstance(done.json()["error"], str)


@FEW
@given(request=requests())
def test_a_valid_request_is_answered_as_the_booster_answers_it(
    server: Server, booster: xgb.Booster, request: tuple[dict[str, Any], pd.DataFrame]
) -> None:
    content, rows = request

    done = server.infer(content)

    assert done.status_code == 200, done.text
    answer = done.json()
    assert np.array_equal(np.float32(answer["outputs"][0]["data"]), expected(booster, rows.astype("float32")))
    assert (answer["id"], answer["parameters"]) == (content["id"], content["parameters"])


@FEW
@given(body=broken())
def test_a_broken_request_is_refused(server: Server, body: bytes) -> None:
    done = server.http.post(INFER, content=body)

    assert refused(done), done.text


@FEW
@given(body=mutated())
@example(body=b'{"inputs": [], "parameters": {"sticky_key": 9223372036854775808}}')
@example(body=b'{"inputs": [], "id": "\\ud83d"}')
def test_a_mutated_request_is_answered_or_refused_and_never_fails(server: Server, body: bytes) -> None:
    done = server.http.post(INFER, content=body)

    assert done.status_code == 200 or refused(done), done.text
