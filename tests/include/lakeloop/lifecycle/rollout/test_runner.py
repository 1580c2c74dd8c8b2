"""Rollouts on a real scorer under load: through all steps, or taken back; and no request fails on the way."""

import time
from collections.abc import Callable

import pytest
import xgboost as xgb

from lakeloop.config.use_case.rollout import Rollout, RolloutLimits
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.ledger import LedgerRow
from lakeloop.lifecycle.deployment.promotion import Request, promote
from lakeloop.lifecycle.rollout.runner import Runner, RolloutRequest
from lakeloop.lifecycle.rollout.stage import Stage, last_stage
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.scorer import Scorer
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger
from tests.include.lakeloop.lifecycle.serving.scorers import MODEL, Load, Registry, booster

Serving = Callable[[], Scorer]
# a machine that is busy delays both alike, and a bucket by chance: latency has a test of its own
ROLLOUT = Rollout(steps=("shadow", 20, 50, 100), observations=150, every=0.1, longest=2, limits=RolloutLimits(latency=20))


def _champion(registry: Registry, ledger: MemoryLedger, model: xgb.Booster) -> str:
    number = registry.register(model)
    present = alias.champion(registry.client, MODEL)
    ledger.append(LedgerRow(who="test", why="first", model=MODEL, from_version=None, to_version=number))
    registry.alias("champion", number)
    registry.client.set_model_version_tag(MODEL, number, "promotion_id", ledger.rows(MODEL)[0].promotion_id)
    assert present != number
    return number


def _challenger(registry: Registry, model: xgb.Booster, met: str) -> str:
    number = registry.register(model, met)
    registry.alias("challenger", number)
    return number


def _rolled_out(
    registry: Registry, ledger: MemoryLedger, endpoint: Scorer, version: str, rollout: Rollout = ROLLOUT
) -> Stage:
    with Load(endpoint.address) as load:
        stage = _runner(registry, ledger, endpoint, version, rollout).run(time.sleep)
    assert load.failed == []
    assert stage is not None
    return stage


def _runner(
    registry: Registry, ledger: MemoryLedger, endpoint: Scorer, version: str, rollout: Rollout = ROLLOUT
) -> Runner:
    request = RolloutRequest("deploy/1", version, "tester", "it is better")
    return Runner(registry.client, ledger, endpoint, MODEL, rollout, request)


def _steps(ledger: MemoryLedger) -> list[tuple[object, str]]:
    found = [last_stage([row], "deploy/1") for row in ledger.rows(MODEL)]
    return [(stage.step, stage.state) for stage in found if stage]


def test_a_fair_challenger_goes_through_all_steps_and_is_promoted(
    registry: Registry, ledger: MemoryLedger, serving: Serving
) -> None:
    champion = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(seed=1, trees=21), champion)
    endpoint = serving()

    stage = _rolled_out(registry, ledger, endpoint, version)

    assert stage.state == "passed", stage.said
    assert _steps(ledger) == [("shadow", "running"), (20, "running"), (50, "running"), (50, "passed")]
    assert endpoint.traffic() == Traffic({champion: 50, version: 50})
    promote(registry.client, ledger, MODEL, Request(version, "tester", "passed", "last 9 periods"))
    endpoint.refresh()
    endpoint.follow_champion()
    assert endpoint.traffic() == Traffic({"champion": 100})
    assert endpoint.answering() == version


@pytest.mark.parametrize(
    ("model", "limits", "step", "said"),
    [
        (dict(seed=1, base=3.0), RolloutLimits(latency=20), "shadow", "difference:"),
        (dict(seed=1, base=3.0), RolloutLimits(latency=20, difference=1), 20, "scores:"),
        (dict(seed=1, trees=1000, depth=6), RolloutLimits(latency=1, difference=1, scores=1), 20, "latency:"),
    ],
    ids=["shifted", "shifted beyond the shadow", "slow"],
)
def test_a_bad_challenger_is_taken_back(
    registry: Registry,
    ledger: MemoryLedger,
    serving: Serving,
    model: dict[str, float],
    limits: RolloutLimits,
    step: object,
    said: str,
) -> None:
    champion = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(**model), champion)  # type: ignore[arg-type]
    endpoint = serving()

    stage = _rolled_out(registry, ledger, endpoint, version, ROLLOUT.model_copy(update={"limits": limits}))

    assert (stage.state, stage.step) == ("stopped", step), stage.said
    assert stage.said.startswith(said)
    assert ledger.rows(MODEL)[-1].refusal == stage.said
    assert endpoint.traffic() == Traffic({"champion": 100})
    assert endpoint.answering() == champion == alias.champion(registry.client, MODEL)
