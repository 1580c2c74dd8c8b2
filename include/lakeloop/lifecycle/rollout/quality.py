"""Which version finds more of what is looked for, once labels have come: days after the scores.

Average precision and precision within a budget are no means over rows, so no interval above fits them. What decides
both, at a review budget, are the positives that only one of the versions would have sent to review: those that both
find, or both miss, speak for neither. Under equal versions each of these is found by either with the same chance, as
in McNemar's test, so the share found by the champion alone is a mean of values 0 and 1. The difference of log loss
would be a mean too, but not a bounded one, and with 0.5 % positives it is nearly all about the negatives.

Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 1947.
"""

import numpy as np
import numpy.typing as npt

from lakeloop.lifecycle.rollout.bounds import lower
from lakeloop.lifecycle.rollout.finding import Finding

EVEN = 0.5


def quality(
    positive: npt.NDArray[np.bool_],
    champion: npt.NDArray[np.floating],
    challenger: npt.NDArray[np.floating],
    budget: float,
    alpha: float,
) -> Finding:
    """The share of the positives that one version alone sends to review which the champion sends; limit a half.

    Args:
        positive: [rows], what the labels say.
        champion, challenger: [rows], their scores of the same rows.
        budget: share of the rows that each would send to review, those with its highest scores.
        alpha: a challenger that finds as many is called worse with at most this probability, over all looks as
            more labels come. Rows near the budget's edge may change sides as rows are added, which it leaves out.
    """
    first, second = _reviewed(champion, budget), _reviewed(challenger, budget)
    alone = int((positive & first & ~second).sum())
    count = alone + int((positive & second & ~first).sum())
    if not count:
        return Finding("quality", 0.0, 0.0, EVEN, "quality: both versions find the same", seen=False)
    share, least = alone / count, float(lower(alone, count, alpha))
    said = (
        f"quality: of {count:,} positives that one version alone sends to review the champion finds {share:.1%} (at "
        f"least {least:.1%}); limit {EVEN:.0%}"
    )
    return Finding("quality", share, least, EVEN, said)


def _reviewed(scores: npt.NDArray[np.floating], budget: float) -> npt.NDArray[np.bool_]:
    kept = np.zeros(len(scores), bool)
    count = int(np.ceil(budget * len(scores)))
    kept[np.argsort(-scores, kind="stable")[:count]] = True
    return kept
