"""Prometheus' own parser reads what all workers have counted."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import xgboost as xgb

from oipscorer.counters.layout import SCORES
from oipscorer_testing.metrics import samples, value
from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import INFER, Server

ROWS = frame(30, seed=9)


@pytest.fixture(scope="module")
def counted(folders: Path, boosters: dict[str, xgb.Booster]) -> Server:
    models = [part for n in "12" for part in ("--model", f"churn={folders}/churn-{n}@{n}")]
    return Server(*models, "--workers", "2")


@pytest.fixture(scope="module", autouse=True)
def _closed(counted: Server):  # type: ignore[no-untyped-def]
    yield
    counted.close()


def test_requests_of_all_workers_are_summed(counted: Server, boosters: dict[str, xgb.Booster]) -> None:
    before = samples(counted)
    for _ in range(20):  # over connections of their own, so that both workers answer
        assert httpx.post(counted.address + INFER, json=by_column(ROWS)).status_code == 200
    assert counted.infer({"inputs": []}).status_code == 400
    assert counted.infer(by_column(ROWS), "/v2/models/chrun/infer").status_code == 404

    after = samples(counted)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    version = {"model": "churn", "version": "1"}
    assert grown("oipscorer_requests_total", **version, status="200") == 20
    assert grown("oipscorer_requests_total", **version, status="400") == 1
    assert grown("oipscorer_requests_total", model="", version="", status="404") == 1
    assert grown("oipscorer_batch_rows_bucket", **version, le="16") == 0
    assert grown("oipscorer_batch_rows_bucket", **version, le="32") == 20
    assert grown("oipscorer_latency_seconds_count", **version) == 21
    assert 0 < grown("oipscorer_latency_seconds_sum", **version) < 20
    assert value(after, "oipscorer_members") == 2
    said = expected(boosters["churn-1"], ROWS)
    assert grown("oipscorer_score_sum", **version) == pytest.approx(20 * float(said.sum()), rel=1e-5)
    for bound in SCORES:
        inside = int(np.count_nonzero(said.astype(float) <= bound))
        assert grown("oipscorer_score_bucket", **version, le=str(bound)) == 20 * inside


def test_states_weights_and_shadows_are_told(counted: Server) -> None:
    counted.direct({"1": 100}, shadows=["2"])
    for _ in range(3):
        counted.infer(by_column(ROWS))

    shadow = {"model": "churn", "version": "2"}
    for _ in range(500):
        found = samples(counted)
        if value(found, "oipscorer_shadow_requests_total", **shadow, outcome="scored") == 3:
            break
        time.sleep(0.02)
    assert value(found, "oipscorer_shadow_rows_total", **shadow) == 90
    assert value(found, "oipscorer_shadow_difference_total", **shadow) > 0
    assert value(found, "oipscorer_version_ready", **shadow) == 1
    assert value(found, "oipscorer_version_weight", **shadow) == 0
    assert value(found, "oipscorer_version_weight", model="churn", version="1") == 100
    assert value(found, "oipscorer_generation") >= 3
    assert value(found, "oipscorer_in_flight") == 0


def test_a_full_server_counts_what_it_turns_away(start: Callable[..., Server], folders: Path) -> None:
    server = start("--model", f"churn={folders}/churn-1", "--max-requests", "1")
    with httpx.Client(base_url=server.address) as other:
        host, port = server.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as held:  # headers, and no body yet
            held.sendall(b"POST /v2/models/churn/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            while value(samples(server), "oipscorer_in_flight") != 1:
                time.sleep(0.02)
            assert other.post(INFER, json=by_column(ROWS)).status_code == 429

    assert value(samples(server), "oipscorer_requests_total", model="", version="", status="429") == 1
