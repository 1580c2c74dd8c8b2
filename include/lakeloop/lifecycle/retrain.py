"""Whether it is time to train again: a branch that the train DAG takes before any work."""

from dataclasses import dataclass
from typing import Literal, Protocol

from lakeloop.config import UseCase
from lakeloop.lifecycle.night import parse
from lakeloop.lifecycle.registry import LABELLED_THROUGH, PASSED, STATUS


class Version(Protocol):
    """The two fields of an MLflow ModelVersion that the decision needs."""

    @property
    def version(self) -> str | int: ...
    @property
    def tags(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class RetrainDecision:
    """`branch` and the sentence that says why."""

    branch: Literal["first", "due", "not_due"]
    reason: str


def decide(
    use_case: UseCase,
    champion: Version | None,
    last_attempt: Version | None,
    labelled_through: str | None,
    force: bool = False,
) -> RetrainDecision:
    """First model, due, or not due: at least `retrain.every` periods got their labels since the last attempt.

    A refused model is an attempt too: on the same data training would give the same model again.

    Args:
        champion: the version that scores; None: there is none yet.
        last_attempt: the newest version that training registered, with its tag ``labelled_through``.
        labelled_through: `as_of` (ISO) of the newest labelled period that is published; None: none is.
        force: a person wants a training, whatever has come since.
    """
    if labelled_through is None:
        return RetrainDecision("not_due", "no labelled period is published yet: nothing to learn from")
    branch: Literal["first", "due"] = "due" if champion else "first"
    since = _since(use_case, last_attempt, labelled_through)
    if force:
        return RetrainDecision(branch, f"forced by hand; {since.sentence}")
    if last_attempt is None or since.periods >= use_case.retrain.every:
        return RetrainDecision(branch, since.sentence)
    return RetrainDecision("not_due", since.sentence)


@dataclass(frozen=True)
class _Since:
    """How many periods got their labels since the last attempt, and the sentence that says so."""

    periods: int
    sentence: str


def _since(use_case: UseCase, attempt: Version | None, labelled_through: str) -> _Since:
    if attempt is None:
        return _Since(0, f"no model was trained yet; labels reach {labelled_through}")
    known = attempt.tags[LABELLED_THROUGH]
    periods = _index(use_case, labelled_through) - _index(use_case, known)
    outcome = "passed" if attempt.tags.get(STATUS) == PASSED else "was refused"
    return _Since(
        periods,
        f"version {attempt.version}, the last one trained, {outcome} and knew labels through {known}; they now reach "
        f"{labelled_through}: {periods} newly labelled {use_case.period.unit}s, "
        f"retrain.every is {use_case.retrain.every}",
    )


def _index(use_case: UseCase, as_of: str) -> int:
    return use_case.period.index(parse(use_case, as_of))
