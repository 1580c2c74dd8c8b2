"""Traffic over HTTP: weights, sticky keys and shadows, changed while the server runs."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from oipscorer.repository.traffic import Route, Traffic
from oipscorer_testing.models import expected, frame, save, trained
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import Server

ROWS = frame(6, seed=8)
TRAFFIC = "/v2/repository/models/churn/traffic"


@pytest.fixture
def three(start: Callable[..., Server], folders: Path) -> Server:
    """Serves three versions of churn."""
    return start(*(part for n in "123" for part in ("--model", f"churn={folders}/churn-{n}@{n}")))


def counts(server: Server, number: str, done: int) -> dict[str, Any]:
    """What became of a shadow's requests, once so many have been scored or dropped or have failed."""
    for _ in range(200):
        told: dict[str, Any] = server.http.get(TRAFFIC).json()["shadow_counts"][number]
        if told["scored"] + told["dropped"] + told["failed"] >= done:
            return told
        time.sleep(0.05)
    raise AssertionError(f"{done} requests of the shadow were not done within 10 s: {told}")


def test_a_key_is_answered_by_the_version_of_its_bucket(three: Server) -> None:
    weights = {"1": 50, "2": 30, "3": 20}
    assert three.direct(weights).json() == {"weights": weights, "shadows": [], "shadow_counts": {}}
    route = Route("churn", Traffic(weights))

    for number in range(40):
        parameters = {"sticky_key": f"household-{number}"}
        answer = three.infer(by_column(ROWS, parameters=parameters)).json()
        assert answer["model_version"] == route.choose(parameters["sticky_key"])


def test_without_a_key_every_version_with_weight_answers(three: Server) -> None:
    three.direct({"1": 50, "2": 50})

    answered = Counter(three.infer(by_column(ROWS)).json()["model_version"] for _ in range(60))

    assert set(answered) == {"1", "2"}


def test_refused_traffic_leaves_the_old(three: Server) -> None:
    three.direct({"2": 100})

    refused = three.direct({"1": 99})

    assert (refused.status_code, refused.json()["error"]) == (400, "weights: their sum is 99, expected 100")
    assert three.http.put(TRAFFIC, json={"weight": {"1": 100}}).status_code == 400
    assert three.http.get(TRAFFIC).json()["weights"] == {"2": 100}


def test_shadows_score_the_same_input_and_say_how_far_they_are(
    three: Server, boosters: dict[str, xgb.Booster]
) -> None:
    three.direct({"1": 100}, shadows=["2", "3"])

    for _ in range(5):
        assert three.infer(by_column(ROWS)).json()["model_version"] == "1"

    for number in "23":
        told = counts(three, number, done=5)
        apart = np.abs(
            expected(boosters[f"churn-{number}"], ROWS) - expected(boosters["churn-1"], ROWS)
        ).mean()
        assert (told["scored"], told["dropped"], told["failed"], told["rows"]) == (5, 0, 0, 30)
        assert told["difference"] == pytest.approx(float(apart), rel=1e-4)


def test_a_shadow_that_wants_another_input_fails_for_itself(
    start: Callable[..., Server], folders: Path, tmp_path: Path
) -> None:
    data = frame().drop(columns="share")
    save(trained(data), tmp_path / "narrow", data.head(3))
    server = start("--model", f"churn={folders}/churn-1@1", "--model", f"churn={tmp_path}/narrow@2")
    assert server.direct({"1": 100}, shadows=["2"]).status_code == 200

    assert server.infer(by_column(ROWS)).status_code == 200

    assert counts(server, "2", done=1)["failed"] == 1


def test_what_the_queue_cannot_hold_is_dropped_and_counted(
    start: Callable[..., Server], folders: Path
) -> None:
    versions = [part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}")]
    server = start(*versions, "--shadow-rows", "5")
    server.direct({"1": 100}, shadows=["2"])

    statuses = [server.infer(by_column(rows)).status_code for rows in (ROWS, ROWS.head(5), ROWS, ROWS)]

    told = counts(server, "2", done=4)
    assert statuses == [200] * 4
    assert (told["scored"], told["dropped"]) == (1, 3)
