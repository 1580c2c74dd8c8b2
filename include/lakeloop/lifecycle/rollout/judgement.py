"""What follows from one look at a step: wait, go on, or take the traffic back.

The error rate is divided evenly among the judged steps, and within a step among its limits (Bonferroni); each limit's
part holds over all looks, see `rollout.bounds`. So a challenger that keeps every limit is stopped as being beyond one
in at most that share of all rollouts, however often it is looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from lakeloop.config.use_case.rollout import SHADOW, Rollout, Step
from lakeloop.lifecycle.rollout.distribution import distribution
from lakeloop.lifecycle.rollout.finding import Finding
from lakeloop.lifecycle.rollout.latency import latency
from lakeloop.lifecycle.rollout.shares import errors, shadow_difference, shadow_errors
from lakeloop.lifecycle.serving.observed import Observed

Decision = Literal["continue", "next", "stop"]


@dataclass(frozen=True)
class Judgement:
    """A decision and the sentence that says why.

    Args:
        figures: figure by limit, as seen.
        warning: the step has passed because the configuration lets it, not by what was seen.
        taken_over: a person, or another program, has directed the traffic elsewhere; it is left to them.
    """

    decision: Decision
    said: str
    figures: Mapping[str, float]
    warning: bool = False
    taken_over: bool = False


def judge(
    rollout: Rollout, step: Step, champion: Observed, challenger: Observed, lasted: timedelta
) -> Judgement:
    """Decides on what was seen of both since the step began.

    Stops at once where a limit is shown to be passed. Goes on when enough was seen and every figure keeps its limit.
    Otherwise waits, up to the longest duration; then the configuration says.
    """
    findings = _findings(rollout, step, champion, challenger)
    count = challenger.shadow_requests if step == SHADOW else challenger.requests
    beyond = [found for found in findings if found.beyond]
    open_questions = _open_questions(rollout, findings, count)
    if beyond:
        return _judgement("stop", findings, _sentences(beyond))
    if not open_questions:
        return _judgement("next", findings, _sentences(findings))
    if lasted < timedelta(minutes=rollout.longest):
        return _judgement("continue", findings, open_questions)
    return _at_the_end(rollout, step, findings, open_questions)


def _findings(rollout: Rollout, step: Step, champion: Observed, challenger: Observed) -> list[Finding]:
    limits, of_step = rollout.limits, rollout.error_rate / max(len(rollout.judged_steps), 1)
    if step == SHADOW:
        alpha = of_step / 2
        return [
            shadow_errors(challenger, limits.errors, alpha),
            shadow_difference(challenger, limits.difference, alpha),
        ]
    alpha = of_step / (2 if limits.scores is None else 3)
    findings = [
        errors(champion, challenger, limits.errors, alpha),
        latency(champion, challenger, limits.latency, alpha),
    ]
    if limits.scores is not None:
        findings.append(distribution(champion, challenger, limits.scores, alpha))
    return findings


def _open_questions(rollout: Rollout, findings: list[Finding], count: int) -> str:
    """Why the step has not passed; empty when it has."""
    if count < rollout.observations:
        return (
            f"the challenger has scored {count:,} requests of the {rollout.observations:,} that a step needs"
        )
    return _sentences([found for found in findings if not found.within])


def _at_the_end(rollout: Rollout, step: Step, findings: list[Finding], why: str) -> Judgement:
    goes_on = (rollout.undecided.shadow if step == SHADOW else rollout.undecided.canary) == "continue"
    said = f"undecided after {rollout.longest} minutes, the longest that a step lasts: {why}"
    return _judgement("next" if goes_on else "stop", findings, said, warning=goes_on)


def _judgement(decision: Decision, findings: list[Finding], said: str, warning: bool = False) -> Judgement:
    figures = {found.name: round(found.figure, 6) for found in findings if found.seen}
    return Judgement(decision, said, figures, warning)


def _sentences(findings: list[Finding]) -> str:
    return ". ".join(found.said for found in findings)
