"""A fair challenger goes on, a bad one is found soon, and each sentence names figure, limit and interval."""

import re
from datetime import timedelta

import numpy as np
import pytest

from lakeloop.config.use_case.rollout import Rollout, Step
from lakeloop.lifecycle.rollout.judgement import Judgement, judge
from lakeloop.lifecycle.serving.observed import Observed
from tests.include.lakeloop.lifecycle.rollout.simulated import Behaviour, together

ROLLOUT = Rollout()
SOON, LATE = timedelta(minutes=1), timedelta(minutes=60)
RUNS, LOOKS = 40, 20
FAIR = Behaviour()


def _looks(challenger: Behaviour, step: Step, seed: int, rollout: Rollout = ROLLOUT) -> tuple[str, int]:
    """The first decision that is not to wait, and how many requests the challenger had scored by then."""
    random = np.random.default_rng(seed)
    seen = (Observed(), Observed())
    for _ in range(LOOKS):
        more = (FAIR.canary(random, 1900), _more(challenger, step, random))
        seen = (together(seen[0], more[0]), together(seen[1], more[1]))
        decided = judge(rollout, step, *seen, SOON)
        if decided.decision != "continue":
            break
    return decided.decision, max(seen[1].requests, seen[1].shadow_requests)


def _more(challenger: Behaviour, step: Step, random: np.random.Generator) -> Observed:
    return challenger.shadow(random, 100) if step == "shadow" else challenger.canary(random, 100)


def _judged(challenger: Behaviour, step: Step, count: int, lasted: timedelta = SOON) -> Judgement:
    random = np.random.default_rng(7)
    seen = challenger.shadow(random, count) if step == "shadow" else challenger.canary(random, count)
    return judge(ROLLOUT, step, FAIR.canary(random, 19 * count), seen, lasted)


@pytest.mark.parametrize("step", ["shadow", 5])
def test_a_fair_challenger_is_never_stopped_more_often_than_the_error_rate_says(step: Step) -> None:
    """At the limit's edge: it differs, fails and is shifted by just what is allowed; 20 looks each, no early end."""
    never_ending = ROLLOUT.model_copy(update={"observations": 10**9})
    edge = Behaviour(fails=0.005 if step == "shadow" else 0.006, differs=0.05)

    stopped = [_looks(edge, step, seed, never_ending)[0] == "stop" for seed in range(RUNS)]

    assert np.mean(stopped) <= ROLLOUT.error_rate


@pytest.mark.parametrize("step", ["shadow", 5, 25])
def test_a_challenger_like_the_champion_goes_on_as_soon_as_enough_was_seen(step: Step) -> None:
    decided = [_looks(FAIR, step, seed) for seed in range(5)]

    assert decided == [("next", ROLLOUT.observations)] * 5


@pytest.mark.parametrize(
    ("challenger", "step", "within"),
    [
        (Behaviour(fails=0.05), "shadow", 1000),
        (Behaviour(differs=0.15), "shadow", 500),
        (Behaviour(fails=0.05), 5, 1000),
        (Behaviour(median_ms=6.0), 5, 1000),
        (Behaviour(shift=0.1), 5, 500),
    ],
)
def test_a_bad_challenger_is_found_within(challenger: Behaviour, step: Step, within: int) -> None:
    for seed in range(5):
        decision, count = _looks(challenger, step, seed)

        assert decision == "stop"
        assert count <= within


@pytest.mark.parametrize(
    ("challenger", "step", "said"),
    [
        (
            Behaviour(fails=0.1),
            "shadow",
            r"errors: \S+% of 1,000 requests of the shadow failed \(at least \S+%\); limit 0\.50%",
        ),
        (
            Behaviour(differs=0.2),
            "shadow",
            r"difference: scores differ by 0\.2\d+ .* \(at least 0\.1\d+\); limit 0\.05",
        ),
        (Behaviour(fails=0.1), 5, r"errors: \S+% of 1,000 .* champion's \(at most \S+%\); limit 0\.50% more"),
        (
            Behaviour(median_ms=8),
            5,
            r"latency: \S+% of 1,000 .* longer than \S+ ms \(at least \S+%\).*limit 1%",
        ),
        (Behaviour(shift=0.2), 5, r"scores: .* a distance of 0\.\d+ \(at least 0\.\d+\); limit 0\.1"),
    ],
)
def test_a_stop_names_figure_limit_and_interval(challenger: Behaviour, step: Step, said: str) -> None:
    judged = _judged(challenger, step, 1000)

    assert judged.decision == "stop"
    assert re.search(said, judged.said)


def test_too_few_requests_wait_and_say_how_many_are_missing() -> None:
    judged = _judged(FAIR, 5, 100)

    assert judged.decision == "continue"
    assert judged.said == "the challenger has scored 100 requests of the 2,000 that a step needs"


def test_a_figure_beyond_its_limit_that_is_not_shown_to_be_waits() -> None:
    judged = _judged(Behaviour(fails=0.009), 5, 2000)

    assert judged.decision == "continue"
    assert judged.said.startswith("errors:")


@pytest.mark.parametrize(("step", "decision"), [("shadow", "next"), (5, "stop")])
def test_without_traffic_the_shadow_goes_on_with_a_warning_and_the_canary_is_taken_back(
    step: Step, decision: str
) -> None:
    judged = judge(ROLLOUT, step, Observed(), Observed(), LATE)

    assert (judged.decision, judged.warning) == (decision, decision == "next")
    assert judged.said.startswith("undecided after 60 minutes")
