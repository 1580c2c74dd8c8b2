"""Whether it is time to train again: a branch that the train DAG takes before any work."""

from dataclasses import dataclass
from typing import Literal, Protocol

LABELLED_THROUGH = "labelled_through_week"


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


def decide(champion: Version | None, newest_labelled_week: int, every_weeks: int) -> RetrainDecision:
    """First model, due (at least `every_weeks` newly labelled weeks since the champion's), or not due.

    Raises ValueError when the champion does not say how far its labels reached.
    """
    if champion is None:
        return RetrainDecision("first", f"no champion yet; labels reach week {newest_labelled_week}")
    known = champion.tags.get(LABELLED_THROUGH)
    if known is None:
        raise ValueError(
            f"champion version {champion.version} has no tag {LABELLED_THROUGH}; was it registered by hand?"
        )
    fresh = newest_labelled_week - int(known)
    reason = (
        f"champion version {champion.version} knew labels through week {known}, they now reach week "
        f"{newest_labelled_week}: {fresh} new, retrain.every_weeks is {every_weeks}"
    )
    return RetrainDecision("due" if fresh >= every_weeks else "not_due", reason)
