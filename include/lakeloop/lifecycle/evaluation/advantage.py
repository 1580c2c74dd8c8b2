"""What the champion has learned of the holdout that it is compared on, by what its version says of its training.

A model is better on rows that it learned from than on others: such a comparison favours the champion.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lakeloop.lifecycle.training.splits import PeriodRange, index_of

TRAINED_THROUGH = "trained_through"  # tag of run and version: `as_of` of the newest period that trained, ISO


@dataclass(frozen=True)
class Advantage:
    """What the champion knows, as a sentence; through when it was trained, and through when it might have been."""

    sentence: str
    value: str
    limit: str


def advantage_of(
    version: str, tags: Mapping[str, str], holdout: PeriodRange, horizon: int
) -> Advantage | None:
    """None where the champion cannot know anything of `holdout`.

    Args:
        tags: of the champion's version; where they do not say it, the worst is assumed.
        horizon: periods that a label looks ahead.
    """
    period = holdout.period
    newest_fair, through = holdout.first - horizon - 1, tags.get(TRAINED_THROUGH, "nobody knows when")
    last = index_of(through, period)
    if last is not None and last <= newest_fair:
        return None
    fair = period.as_of(newest_fair).isoformat()
    if last is None:
        said = f"does not say through which {period.unit} it was trained (tag {TRAINED_THROUGH})"
    else:
        said = f"was trained through {through}, so that {_known(last, holdout)} the holdout {holdout}"
    sentence = f"champion version {version} {said}, and through {fair} would be fair"
    return Advantage(sentence, f"trained through {through}", f"trained through {fair}")


def _known(last: int, holdout: PeriodRange) -> str:
    """What a training through period `last` knows."""
    if last < holdout.first:
        return "its labels look into"
    learned = min(last, holdout.last) - holdout.first + 1
    return f"it learned from {learned} of the {len(holdout)} {holdout.period.unit}s of"
