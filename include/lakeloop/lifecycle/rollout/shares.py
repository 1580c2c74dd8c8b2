"""Requests that fail, and scores that differ: means of one version against a limit, or against another version."""

from lakeloop.lifecycle.rollout.bounds import lower, upper
from lakeloop.lifecycle.rollout.finding import Finding
from lakeloop.lifecycle.serving.observed import Observed


def errors(champion: Observed, challenger: Observed, limit: float, alpha: float) -> Finding:
    """The share of the challenger's requests that fail, beyond the champion's share."""
    if not challenger.requests or not champion.requests:
        return _nothing("errors", limit, "one of both has answered no request")
    share, of_champion = challenger.errors / challenger.requests, champion.errors / champion.requests
    least = lower(challenger.errors, challenger.requests, alpha / 2)
    most = upper(champion.errors, champion.requests, alpha / 2)
    said = (
        f"errors: {share:.2%} of {challenger.requests:,} requests failed (at least {least:.2%}), and "
        f"{of_champion:.2%} of the champion's (at most {most:.2%}); limit {limit:.2%} more"
    )
    return Finding("errors", share - of_champion, least - most, limit, said)


def shadow_errors(challenger: Observed, limit: float, alpha: float) -> Finding:
    """The share of the shadow's requests that fail; what the champion could not answer, no shadow is shown."""
    count = challenger.shadow_requests
    if not count:
        return _nothing("errors", limit, "the shadow has scored no request")
    share, least = challenger.shadow_errors / count, lower(challenger.shadow_errors, count, alpha)
    said = f"errors: {share:.2%} of {count:,} requests of the shadow failed (at least {least:.2%}); limit {limit:.2%}"
    return Finding("errors", share, least, limit, said)


def shadow_difference(challenger: Observed, limit: float, alpha: float) -> Finding:
    """Mean over the rows of |challenger's score - champion's|; scores are probabilities."""
    count = challenger.shadow_rows
    if not count:
        return _nothing("difference", limit, "no row was scored by both")
    total = min(challenger.shadow_difference, float(count))  # sums of float32 may pass it by a rounding
    mean, least = total / count, lower(total, count, alpha)
    said = (
        f"difference: scores differ by {mean:.4f} on average over {count:,} rows (at least {least:.4f}); "
        f"limit {limit:g}"
    )
    return Finding("difference", mean, least, limit, said)


def _nothing(name: str, limit: float, why: str) -> Finding:
    return Finding(name, 0.0, 0.0, limit, f"{name}: {why}", seen=False)
