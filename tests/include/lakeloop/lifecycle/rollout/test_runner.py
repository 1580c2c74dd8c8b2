"""Rollouts on a real scorer under load: through all steps, or taken back; and no request fails on the way."""

import time
from collections.abc import Callable

import pytest
import xgboost as xgb

from lakeloop.config.use_case.rollout import Rollout, RolloutLimits
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.instant import RegisteredModel, switch
from lakeloop.lifecycle.deployment.ledger import LedgerRow
from lakeloop.lifecycle.deployment.promotion import Request, promote
from lakeloop.lifecycle.rollout.look import look
from lakeloop.lifecycle.rollout.runner import RolloutRequest, Runner
from lakeloop.lifecycle.rollout.stage import Stage, last_stage
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.scorer import Scorer
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger
from tests.include.lakeloop.lifecycle.serving.scorers import COLUMNS, MODEL, Load, Registry, booster

Serving = Callable[[], Scorer]
# a machine that is busy delays both alike, and a bucket by chance: latency has a test of its own
ROLLOUT = Rollout(
    steps=("shadow", 20, 50, 100), observations=150, every=0.1, longest=2, limits=RolloutLimits(latency=20)
)


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
    registry: Registry,
    ledger: MemoryLedger,
    endpoint: Scorer,
    version: str,
    rollout: Rollout = ROLLOUT,
    clients: int = 2,
    rows: int = 1,
) -> Stage:
    with Load(endpoint.address, clients, rows) as load:
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


LOOSE = {"latency": 20.0, "difference": 1.0, "scores": 1.0}
BAD = {
    "shifted": (dict(base=3.0), {"difference": 0.05}, "shadow", "difference:"),
    "shifted, seen in the canary only": (dict(base=3.0), {"scores": 0.1}, 20, "scores:"),
    "errs": (dict(columns=[*COLUMNS, "nobody_sends_it"]), {}, "shadow", "errors:"),
    "slow": (dict(trees=1500, depth=6), {"latency": 1.0}, 20, "latency:"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_challenger_is_taken_back(
    registry: Registry, ledger: MemoryLedger, serving: Serving, fault: str
) -> None:
    model, limits, step, said = BAD[fault]
    champion = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(seed=1, **model), champion)  # type: ignore[arg-type]
    endpoint = serving()
    rollout = ROLLOUT.model_copy(update={"limits": RolloutLimits(**LOOSE | limits)})
    # one client of large requests: with two, the champion's would wait behind the slow one's
    clients = {"clients": 1, "rows": 250} if fault == "slow" else {}

    stage = _rolled_out(registry, ledger, endpoint, version, rollout, **clients)

    assert (stage.state, stage.step) == ("stopped", step), stage.said
    assert stage.said.startswith(said)
    assert ledger.rows(MODEL)[-1].refusal == stage.said
    assert endpoint.traffic() == Traffic({"champion": 100})
    assert endpoint.answering() == champion == alias.champion(registry.client, MODEL)


def test_killed_between_the_row_and_the_traffic_it_goes_on_with_the_step_that_is_written_down(
    registry: Registry, ledger: MemoryLedger, serving: Serving
) -> None:
    champion = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(seed=1, trees=21), champion)
    endpoint = serving()
    first = _runner(registry, ledger, endpoint, version).start()
    endpoint.set_traffic(Traffic({"champion": 100}))  # as it was before the row

    again = _runner(registry, ledger, endpoint, version).start()

    assert again == first
    assert endpoint.traffic() == Traffic({champion: 100}, (version,))
    assert _steps(ledger) == [("shadow", "running")]


def test_a_second_look_at_what_was_taken_back_says_why(
    registry: Registry, ledger: MemoryLedger, serving: Serving
) -> None:
    """Two triggerers may look at once: what the first one does is nobody else's doing to the second."""
    champion = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(seed=1, base=3.0), champion)
    endpoint = serving()
    stage = _runner(registry, ledger, endpoint, version).start()
    assert stage is not None

    with Load(endpoint.address):
        while (first := look(endpoint, ROLLOUT, stage)).decision == "continue":
            time.sleep(ROLLOUT.every)
    second = look(endpoint, ROLLOUT, stage)

    assert (first.decision, second.decision) == ("stop", "stop")
    assert first.said.startswith("difference:")
    assert second.said.startswith("difference:")
    assert not second.taken_over


def test_traffic_that_somebody_else_directs_is_left_to_them(
    registry: Registry, ledger: MemoryLedger, serving: Serving
) -> None:
    champion = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(seed=1, trees=21), champion)
    endpoint = serving()
    runner = _runner(registry, ledger, endpoint, version)
    stage = runner.start()
    assert stage is not None
    endpoint.set_traffic(Traffic({champion: 100}))

    ended = runner.follow_up(stage, look(endpoint, ROLLOUT, stage))

    assert ended.state == "stopped"
    assert ended.said.startswith("something else has directed the traffic")
    assert endpoint.traffic() == Traffic({champion: 100})
    assert runner.start() == ended  # tried again, it stays stopped


def test_without_another_champion_there_is_no_canary(
    registry: Registry, ledger: MemoryLedger, serving: Serving
) -> None:
    champion = _champion(registry, ledger, booster(seed=1))

    assert _runner(registry, ledger, serving(), champion).start() is None
    assert _steps(ledger) == []


def test_a_rollback_under_load_fails_no_request_and_is_completed_by_whatever_starts_next(
    registry: Registry, ledger: MemoryLedger, serving: Serving
) -> None:
    before = _champion(registry, ledger, booster(seed=1))
    version = _challenger(registry, booster(seed=1, trees=21), before)
    promote(registry.client, ledger, MODEL, Request(version, "tester", "better", "last 9 periods"))
    endpoint = serving()
    endpoint.follow_champion()

    with Load(endpoint.address) as load:
        begin = time.monotonic()
        note = switch(RegisteredModel(registry.uri, MODEL), endpoint, "tester", "scores jumped")
        seconds = time.monotonic() - begin

    assert load.failed == []
    assert (note.from_version, note.to_version, endpoint.answering()) == (version, before, before)
    assert seconds < 2
    alias.repair(registry.client, ledger, MODEL)
    assert (ledger.rows(MODEL)[-1].event, ledger.rows(MODEL)[-1].probe) == ("rollback", note.proof)
    assert alias.champion(registry.client, MODEL) == before
