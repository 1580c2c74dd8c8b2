"""Another process follows the state of a server."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from oipscorer.errors import RefusedError, UnusableModelError
from oipscorer.follower import Follower
from oipscorer.state.folder import StateFolder
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import Server

ROWS = frame(40, seed=6)
MATRIX = ROWS.to_numpy("float32")
KEYS = [f"key-{number}" for number in range(len(ROWS))]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def scorer(state: Path, folders: Path, boosters: dict[str, xgb.Booster]) -> Iterator[Server]:
    """A server of churn 1 and 2."""
    models = [part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}")]
    made = Server(*models, "--state", str(state), "--root", str(folders), "--take-seconds", "2")
    yield made
    made.close()


def test_it_scores_each_key_as_the_server_does(
    scorer: Server, state: Path, boosters: dict[str, xgb.Booster]
) -> None:
    scorer.direct({"1": 50, "2": 50})
    by_version = {number: expected(boosters[f"churn-{number}"], ROWS) for number in "12"}

    with Follower(state) as follower:
        numbers, scores = follower.score("churn", KEYS, MATRIX)

        assert set(numbers) == {"1", "2"}
        assert follower.features("churn") == tuple(ROWS.columns)
        for row, (key, number) in enumerate(zip(KEYS, numbers, strict=True)):
            assert follower.route("churn", key) == number
            assert scores[row] == by_version[number][row]
        asked = scorer.infer(by_column(ROWS.head(1), parameters={"sticky_key": KEYS[0]})).json()
        assert (asked["model_version"], np.float32(asked["outputs"][0]["data"][0])) == (numbers[0], scores[0])


def test_a_change_holds_in_it_when_the_call_has_returned(scorer: Server, state: Path, folders: Path) -> None:
    with Follower(state) as follower:
        for step in range(4):
            number = "12"[step % 2]
            assert scorer.direct({number: 100}).status_code == 200
            assert {follower.route("churn", key) for key in KEYS} == {number}
        assert scorer.load("churn", folder=f"{folders}/churn-3", version="3").status_code == 200
        assert scorer.direct({"3": 100}).status_code == 200
        assert set(follower.score("churn", KEYS, MATRIX)[0]) == {"3"}
    scorer.direct({"1": 100})
    scorer.unload("churn", version="3")


def test_shadows_and_reasons_are_those_of_their_versions(
    scorer: Server, state: Path, boosters: dict[str, xgb.Booster]
) -> None:
    assert scorer.direct({"1": 50, "2": 50}, ["3"]).status_code == 400
    assert scorer.direct({"1": 100}, ["2"]).status_code == 200
    parts = {n: boosters[f"churn-{n}"].predict(xgb.DMatrix(ROWS), pred_contribs=True)[:, :-1] for n in "12"}

    with Follower(state) as follower:
        shadows = follower.shadows("churn", MATRIX)
        numbers = ["1", "2", "9"] * 13 + ["1"]
        explained = follower.explain("churn", numbers, MATRIX)

    assert list(shadows) == ["2"]
    assert np.array_equal(shadows["2"], expected(boosters["churn-2"], ROWS))
    for row, number in enumerate(numbers):
        wanted = parts[number][row] if number in parts else np.full(MATRIX.shape[1], np.nan)
        assert np.array_equal(explained[row], wanted, equal_nan=True)


def test_one_that_hangs_is_named_and_the_workers_go_on(scorer: Server, state: Path) -> None:
    with Follower(state, "consumer") as follower:
        held = threading.Lock()
        with held, blocked(follower, held):
            refused = scorer.direct({"2": 100})

            assert refused.status_code == 504
            assert "consumer (process" in refused.json()["error"]
            assert scorer.infer(by_column(ROWS)).json()["model_version"] == "2"


class blocked:  # noqa: N801  reads as a statement
    """Has a follower's thread wait in the middle of taking a generation."""

    def __init__(self, follower: Follower, held: threading.Lock) -> None:
        self._repository, self._held = follower._repository, held

    def __enter__(self) -> None:
        self._take = self._repository.take
        self._repository.take = self._later  # type: ignore[method-assign, assignment]

    def _later(self, *arguments: object) -> None:
        with self._held:
            self._take(*arguments)  # type: ignore[arg-type]

    def __exit__(self, *error: object) -> None:
        self._held.release()
        self._held.acquire()


@pytest.mark.parametrize(
    ("model", "keys", "matrix", "said"),
    [
        ("chrun", KEYS, MATRIX, "there is no model 'chrun'"),
        ("churn", KEYS[1:], MATRIX, "39 keys for 40 rows of 'churn'"),
        ("churn", KEYS, MATRIX[:, 1:], r"shape \[40, 3\], expected \[rows, 4\]"),
    ],
)
def test_what_does_not_fit_is_refused(
    scorer: Server, state: Path, model: str, keys: list[str], matrix: np.ndarray, said: str
) -> None:
    with Follower(state) as follower, pytest.raises((RefusedError, ValueError), match=said):
        follower.score(model, keys, matrix)


def test_what_one_process_cannot_load_takes_no_traffic(scorer: Server, state: Path, folders: Path) -> None:
    """A follower whose disk fails: the material is there for the server, and not for it."""
    with Follower(state) as follower:
        loaded = follower._following._loaded
        loaded._load = lambda key: (_ for _ in ()).throw(UnusableModelError("the disk fails"))
        refused = scorer.load("churn", folder=f"{folders}/churn-3", version="4")

    assert refused.status_code == 400
    assert "follower (process" in refused.json()["error"]
    assert "the disk fails" in refused.json()["error"]
    assert scorer.index()["churn", "4"][0] == "UNAVAILABLE"
    assert StateFolder(state).read().candidates == ()


def test_the_servers_metrics_count_its_rows_as_requests(scorer: Server, state: Path) -> None:
    scorer.direct({"1": 100}, ["2"])
    before = _counted(scorer)

    with Follower(state) as follower:
        _, scores = follower.score("churn", KEYS, MATRIX)
        said = follower.shadows("churn", MATRIX, scores)
        after = _counted(scorer)

    added = {name: after[name] - before.get(name, 0) for name in after}
    assert added['oipscorer_requests_total{model="churn",status="200",version="1"}'] == len(ROWS)
    assert added['oipscorer_latency_seconds_count{model="churn",version="1"}'] == len(ROWS)
    assert added['oipscorer_score_count{model="churn",version="1"}'] == len(ROWS)
    assert added['oipscorer_shadow_requests_total{model="churn",outcome="scored",version="2"}'] == len(ROWS)
    apart = added['oipscorer_shadow_difference_total{model="churn",version="2"}']
    assert apart == pytest.approx(float(np.abs(said["2"] - scores).sum()), rel=1e-5)


def _counted(scorer: Server) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in scorer.http.get("/metrics").text.splitlines() if "churn" in line]
    return {name: float(value) for name, value in lines}
