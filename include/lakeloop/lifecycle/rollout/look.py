"""One look at a step that runs: asks the endpoint, needs no ledger and no registry, and may be repeated at any time."""

from datetime import UTC, datetime

from lakeloop.config.use_case.rollout import Rollout
from lakeloop.lifecycle.aliases import CHAMPION
from lakeloop.lifecycle.rollout.judgement import Judgement, judge
from lakeloop.lifecycle.rollout.stage import Stage
from lakeloop.lifecycle.serving.endpoint import Endpoint, EndpointError, Traffic
from lakeloop.lifecycle.serving.observed import CountersResetError, Observed

UNSEEN = Observed()


def look(endpoint: Endpoint, rollout: Rollout, stage: Stage) -> Judgement:
    """Judges the step by what was counted since it began.

    A stop takes the traffic back at once, before anybody writes it down: killed in between, the next look sees the
    same and stops again. An endpoint that does not answer is waited for, up to the longest duration of a step.
    """
    try:
        judged = _judged(endpoint, rollout, stage)
        if judged.decision == "stop" and not judged.taken_over:
            endpoint.follow_champion()
        return judged
    except EndpointError as error:
        minutes = (datetime.now(UTC) - stage.since).total_seconds() / 60
        overdue = minutes >= rollout.longest
        return Judgement("stop" if overdue else "continue", f"the endpoint does not answer: {error}", {})


def _judged(endpoint: Endpoint, rollout: Rollout, stage: Stage) -> Judgement:
    present = endpoint.traffic()
    if present == stage.traffic or _taken_back(present, stage):
        judged = _by_counters(endpoint, rollout, stage)
        if present == stage.traffic or judged.decision == "stop":
            return judged
    said = f"something else has directed the traffic: {present}; expected {stage.traffic}. It stays as it is"
    return Judgement("stop", said, {}, taken_over=True)


def _by_counters(endpoint: Endpoint, rollout: Rollout, stage: Stage) -> Judgement:
    seen = endpoint.observations()
    champion = _since(seen.get(stage.champion, UNSEEN), stage.of_champion)
    challenger = _since(seen.get(stage.challenger, UNSEEN), stage.of_challenger)
    return judge(rollout, stage.step, champion, challenger, datetime.now(UTC) - stage.since)


def _taken_back(present: Traffic, stage: Stage) -> bool:
    """As another look leaves it that has stopped the step: two triggerers may look at once."""
    return present in (Traffic({CHAMPION: 100}), Traffic({stage.champion: 100}))


def _since(now: Observed, before: Observed) -> Observed:
    """What the step has seen; of an endpoint that has begun to count anew, what it has counted since."""
    try:
        return now.since(before)
    except CountersResetError:
        return now
