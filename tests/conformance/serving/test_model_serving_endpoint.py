"""The adapter of Model Serving, and a whole rollout by it, on a workspace without Spark."""

import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest

from lakeloop.config.serving import ModelServing
from lakeloop.config.use_case.rollout import Rollout, RolloutLimits
from lakeloop.lifecycle.rollout.runner import RolloutRequest, Runner
from lakeloop.lifecycle.rollout.stage import PASSED, STOPPED
from lakeloop.lifecycle.serving.endpoint import EndpointError, Traffic
from lakeloop.lifecycle.serving.minutes import Minutes
from lakeloop.lifecycle.serving.model_serving import ModelServingEndpoint
from lakeloop.lifecycle.serving.readiness import Changing, Readiness
from lakeloop.lifecycle.serving.registered import MlflowRegistered
from tests.conformance.serving.local_workspace import MINUTE_SECONDS, LocalWorkspace
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger
from tests.include.lakeloop.lifecycle.serving.scorers import Registry, booster, rows_of, until

NAME = "dev-payments"
SETTINGS = ModelServing(kind="databricks", leaves_out=("shadow", "scores"))
FAST = Rollout(
    steps=(30, 100),
    observations=100,
    every=0.2,
    longest=3,
    limits=RolloutLimits(latency=10, scores=None, errors=0.2),
)


@pytest.fixture
def endpoint(
    workspace: LocalWorkspace, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> ModelServingEndpoint:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    registry.alias("champion", "1")
    registered, minutes = MlflowRegistered(registry.client, registry.model), Minutes(MINUTE_SECONDS)
    return ModelServingEndpoint(workspace.client, NAME, registry.model, SETTINGS, registered, minutes)


@pytest.fixture
def ready(workspace: LocalWorkspace) -> Callable[[Changing], Readiness]:
    """Waits for what was begun."""

    def inner(endpoint: Changing) -> Readiness:
        until(lambda: endpoint.readiness().state != "updating", workspace.folder / "log")
        return endpoint.readiness()

    return inner


class Clients:
    """Ask through the SDK until they are left; some send rows without a column."""

    def __init__(self, workspace: LocalWorkspace) -> None:
        self._api, self._over = workspace.client.serving_endpoints, Event()
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []
        self._threads = [Thread(target=self._ask, daemon=True) for _ in range(2)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self) -> None:
        row = rows_of(1, 5).to_dict("records")
        while not self._over.is_set():
            try:
                self.answered[str(self._api.query(NAME, dataframe_records=row).served_model_name)] += 1
            except Exception as error:
                self.failed.append(repr(error))


@pytest.fixture
def clients(workspace: LocalWorkspace) -> Clients:
    return Clients(workspace)


def runner(
    registry: Registry, ledger: MemoryLedger, endpoint: ModelServingEndpoint, version: str, run: str = "run"
) -> Runner:
    request = RolloutRequest(run, version, "jane", "better")
    return Runner(registry.client, ledger, endpoint, registry.model, FAST, request)


def test_it_is_made_with_its_first_version_and_loads_the_next_beside_it(
    endpoint: ModelServingEndpoint, ready: Any
) -> None:
    with pytest.raises(EndpointError, match="no serving endpoint dev-payments"):
        endpoint.traffic()
    endpoint.begin("1")
    endpoint.begin("1")  # a task that is tried again
    assert ready(endpoint).state == "ready"
    assert endpoint.traffic() == Traffic({"1": 100})
    assert endpoint.answering() == "1"
    endpoint.begin("2")
    assert ready(endpoint).state == "ready"
    assert endpoint.traffic() == Traffic({"1": 100})
    endpoint.set_traffic(Traffic({"1": 60, "2": 40}))
    assert endpoint.traffic() == Traffic({"1": 60, "2": 40})
    endpoint.set_traffic(Traffic({"2": 100}))
    assert endpoint.answering() == "2"
    endpoint.follow_champion()
    assert endpoint.answering() == "1"
    assert endpoint.refresh() == {"champion": "1"}


def test_what_cannot_be_served_is_said_and_what_answered_goes_on(
    endpoint: ModelServingEndpoint, ready: Any, broken_version: str
) -> None:
    endpoint.begin("1")
    ready(endpoint)
    endpoint.begin(broken_version)
    now = ready(endpoint)
    assert now.state == "failed"
    assert f"version-{broken_version}: " in now.said
    assert "recorded predictions" in now.said
    assert endpoint.traffic() == Traffic({"1": 100})
    assert endpoint.answering() == "1"
    with pytest.raises(EndpointError, match="no shadow"):
        endpoint.set_traffic(Traffic({"1": 100}, ("2",)))
    with pytest.raises(EndpointError, match="ResourceDoesNotExist"):
        endpoint.begin("99")
    endpoint.begin("2")  # another version is not kept from it
    assert ready(endpoint).state == "ready"


def test_after_a_failure_a_good_version_is_loaded(
    endpoint: ModelServingEndpoint, ready: Any, broken_version: str
) -> None:
    """Also where nothing served before, and where the version is there already."""
    endpoint.begin(broken_version)
    assert ready(endpoint).state == "failed"
    endpoint.begin("1")
    assert ready(endpoint).state == "ready"
    assert endpoint.traffic() == Traffic({"1": 100})
    endpoint.begin(broken_version)
    assert ready(endpoint).state == "failed"
    endpoint.begin("1")
    assert ready(endpoint).state == "ready"
    assert endpoint.traffic() == Traffic({"1": 100})


def test_a_rollout_passes_by_what_model_serving_exports(
    endpoint: ModelServingEndpoint, registry: Registry, ready: Any, clients: Clients
) -> None:
    endpoint.begin("1")
    ready(endpoint)
    endpoint.begin("2")
    ready(endpoint)
    with clients:
        stage = runner(registry, MemoryLedger(), endpoint, "2").run(time.sleep)
    assert stage is not None
    assert stage.state == PASSED, stage.said
    assert set(stage.figures) == {"errors", "latency"}
    assert clients.answered["version-2"] >= FAST.observations
    assert clients.failed == []
    assert endpoint.traffic() == Traffic({"1": 70, "2": 30})


def test_a_challenger_that_fails_is_taken_back(
    endpoint: ModelServingEndpoint, registry: Registry, ready: Any, clients: Clients
) -> None:
    """It asks for a feature that nobody sends."""
    version = registry.register(booster(seed=4, columns=["amount", "count", "distance", "unknown"]))
    endpoint.begin("1")
    ready(endpoint)
    endpoint.begin(version)
    ready(endpoint)
    with clients:
        stage = runner(registry, MemoryLedger(), endpoint, version, "worse").run(time.sleep)
    assert stage is not None
    assert stage.state == STOPPED, stage.said
    assert "errors" in stage.said
    assert endpoint.traffic() == Traffic({"1": 100})
    assert clients.failed
