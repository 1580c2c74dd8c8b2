"""What a task may do once its upstream tasks have ended, and how a run as a whole ended: pure rules.

Rules of https://docs.databricks.com/aws/en/jobs/run-if: an excluded task counts as successful, a cancelled one as
failed, and the leaf tasks decide about the run.
"""

from collections.abc import Mapping, Sequence

FAILURES = frozenset({"FAILED", "TIMEDOUT", "CANCELED", "UPSTREAM_FAILED", "UPSTREAM_CANCELED"})
CANCELLATIONS = frozenset({"CANCELED", "UPSTREAM_CANCELED"})
EXCLUDED = "EXCLUDED"
RUN = "RUN"


def decide(run_if: str, upstream: Sequence[str]) -> str:
    """Return RUN, or the result with which the task ends without running.

    Args:
        upstream: result states of all upstream tasks, which have all ended.
    """
    if upstream and all(result == EXCLUDED for result in upstream):
        return EXCLUDED
    failed = [result for result in upstream if result in FAILURES]
    succeeded = len(upstream) - len(failed)
    if _holds(run_if, succeeded, len(failed)):
        return RUN
    if run_if in ("AT_LEAST_ONE_FAILED", "ALL_FAILED"):
        return EXCLUDED
    return "UPSTREAM_CANCELED" if set(failed) <= CANCELLATIONS else "UPSTREAM_FAILED"


def outcome(results: Mapping[str, str], upstream: Mapping[str, Sequence[str]]) -> str:
    """Return the result state of a run from the results of its tasks."""
    needed = {key for keys in upstream.values() for key in keys}
    leaves = [result for key, result in results.items() if key not in needed]
    failed = [result for result in leaves if result in FAILURES]
    if failed:
        if set(failed) == {"TIMEDOUT"}:
            return "TIMEDOUT"
        return "CANCELED" if set(failed) <= CANCELLATIONS else "FAILED"
    return "SUCCESS_WITH_FAILURES" if FAILURES & set(results.values()) else "SUCCESS"


def ancestors(key: str, upstream: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the keys of all tasks that must have ended before the task, directly or not."""
    keys: set[str] = set()
    waiting = list(upstream[key])
    while waiting:
        other = waiting.pop()
        if other not in keys:
            keys.add(other)
            waiting.extend(upstream[other])
    return keys


def descendants(key: str, upstream: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the keys of all tasks that wait for the task, directly or not."""
    downstream: dict[str, list[str]] = {other: [] for other in upstream}
    for other, needed in upstream.items():
        for one in needed:
            downstream[one].append(other)
    return ancestors(key, downstream)


def _holds(run_if: str, succeeded: int, failed: int) -> bool:
    return {
        "ALL_SUCCESS": failed == 0,
        "NONE_FAILED": failed == 0,
        "ALL_DONE": True,
        "AT_LEAST_ONE_SUCCESS": succeeded > 0 or failed == 0,
        "AT_LEAST_ONE_FAILED": failed > 0,
        "ALL_FAILED": failed > 0 and succeeded == 0,
    }[run_if]
