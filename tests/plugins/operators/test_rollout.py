"""The operator drives a rollout on a real scorer under load, waiting in a trigger that may be started anew."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from airflow.triggers.base import TriggerEvent

from lakeloop.config import StreamUseCase, Target, load_use_case
from lakeloop.config.use_case.rollout import Rollout, RolloutLimits
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.ledger import LedgerRow
from lakeloop.lifecycle.rollout.stage import last_stage
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.scorer import Scorer
from lakeloop_airflow.operators import rollout as operators
from lakeloop_airflow.operators.rollout import RolloutOperator, ServeChampionOperator
from lakeloop_airflow.triggers.rollout import RolloutTrigger
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger
from tests.include.lakeloop.lifecycle.serving.scorers import Load, Registry, booster, scorer

FAST = Rollout(
    steps=("shadow", 50, 100), observations=150, every=0.1, longest=2, limits=RolloutLimits(latency=20)
)
MODEL = "dev.fraud_ml.fraud"
RUN = "fraud_deploy:manual__1"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    made = Registry(tmp_path_factory.mktemp("mlflow"), MODEL)
    yield made
    made.process.terminate()
    made.process.wait(30)


@pytest.fixture
def use_case() -> StreamUseCase:
    loaded = load_use_case("fraud")
    assert isinstance(loaded, StreamUseCase)
    return loaded.model_copy(update={"rollout": FAST})


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> MemoryLedger:
    """A ledger in memory, for the one behind a warehouse."""
    import lakeloop.lifecycle.deployment.delta_ledger as delta

    kept = MemoryLedger()
    monkeypatch.setattr(delta, "ledger_of", lambda run, use_case: kept)
    monkeypatch.setattr(operators, "warehouse", lambda *where: None)
    return kept


@pytest.fixture
def endpoint(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scorer]:
    """With a champion that is in the registry by now."""
    registry.alias("champion", registry.register(booster(seed=1)))
    with scorer(tmp_path, registry.uri, MODEL) as address:
        monkeypatch.setenv("LAKELOOP_SCORERS", json.dumps({"fraud": address}))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
        made = Scorer(address, MODEL)
        made.refresh()
        yield made


def _operator(use_case: StreamUseCase, target: Target, version: str) -> RolloutOperator:
    given: dict[str, Any] = {"use_case": use_case, "target": target, "version": version}
    return RolloutOperator(task_id="rollout", reason="better", who="jane", rollout_id=RUN, **given)


def _written_down(registry: Registry, ledger: MemoryLedger) -> str:
    champion = str(alias.champion(registry.client, MODEL))
    row = LedgerRow(who="test", why="first", model=MODEL, from_version=None, to_version=champion)
    ledger.append(row)
    registry.client.set_model_version_tag(MODEL, champion, "promotion_id", row.promotion_id)
    return champion


def _fired(deferred: TaskDeferred) -> dict[str, Any]:
    """What the trigger says, after the first of its kind was ended in the middle and another one took over."""
    assert isinstance(deferred.trigger, RolloutTrigger)
    path, arguments = deferred.trigger.serialize()
    assert path == "lakeloop_airflow.triggers.rollout.RolloutTrigger"
    stored = json.loads(json.dumps(arguments))
    return asyncio.run(_cut_off_and_again(stored))


async def _cut_off_and_again(arguments: dict[str, Any]) -> dict[str, Any]:
    first = asyncio.ensure_future(_event(RolloutTrigger(**arguments)))
    await asyncio.sleep(0)
    first.cancel()
    event = await _event(RolloutTrigger(**arguments))
    payload: dict[str, Any] = json.loads(json.dumps(event.payload))
    return payload


async def _event(trigger: RolloutTrigger) -> TriggerEvent:
    async for event in trigger.run():
        return event
    raise AssertionError("the trigger ended without an event")


def _driven(operator: RolloutOperator) -> str | None:
    """As Airflow does it: a task's process for each step, the trigger in between."""
    try:
        return operator.execute({})
    except TaskDeferred as deferred:
        waiting = deferred
    while True:
        event = _fired(waiting)
        try:
            return operator.left({}, event)
        except TaskDeferred as deferred:
            waiting = deferred


def test_all_steps_then_the_promotion_and_its_traffic(
    registry: Registry, use_case: StreamUseCase, target: Target, ledger: MemoryLedger, endpoint: Scorer
) -> None:
    champion = _written_down(registry, ledger)
    version = registry.register(booster(seed=1, trees=21), champion)
    registry.alias("challenger", version)

    with Load(endpoint.address, model=MODEL) as load:
        said = _driven(_operator(use_case, target, version))
        registry.alias("champion", version)  # the job `promote`, which has tests of its own
        given: dict[str, Any] = {"use_case": use_case, "target": target, "version": version}
        ServeChampionOperator(task_id="serve", **given).execute({})

    assert load.failed == []
    assert "passed" in str(said)
    stages = [last_stage([row], RUN) for row in ledger.rows(MODEL)]
    assert [(s.step, s.state) for s in stages if s] == [
        ("shadow", "running"),
        (50, "running"),
        (50, "passed"),
    ]
    assert endpoint.traffic() == Traffic({"champion": 100})
    assert endpoint.answering() == version


def test_a_challenger_that_is_stopped_fails_the_task_for_good(
    registry: Registry, use_case: StreamUseCase, target: Target, ledger: MemoryLedger, endpoint: Scorer
) -> None:
    champion = _written_down(registry, ledger)
    version = registry.register(booster(seed=1, base=3.0), champion)
    registry.alias("challenger", version)
    operator = _operator(use_case, target, version)

    with (
        Load(endpoint.address, model=MODEL) as load,
        pytest.raises(AirflowFailException, match="difference:"),
    ):
        _driven(operator)

    assert load.failed == []
    assert endpoint.traffic() == Traffic({"champion": 100})
    with pytest.raises(AirflowFailException, match="stopped"):
        operator.execute({})  # cleared, it does not begin anew


def test_the_first_version_has_no_canary(
    registry: Registry, use_case: StreamUseCase, target: Target, ledger: MemoryLedger, endpoint: Scorer
) -> None:
    champion = _written_down(registry, ledger)

    assert _operator(use_case, target, champion).execute({}) is None
