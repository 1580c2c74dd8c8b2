"""The states of runs and task runs, and which may follow which.

The names are those of ``life_cycle_state`` in https://docs.databricks.com/api/workspace/jobs/getrun. The store is the
one writer of states: it refuses every change that these tables do not have, so that what has ended stays as it ended.
"""

from collections.abc import Mapping

TERMINAL = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
ENDINGS = frozenset({"TERMINATED", "INTERNAL_ERROR"})
"""How something ends that was not skipped when it was made."""
AFTER_RUN: Mapping[str, frozenset[str]] = {
    "QUEUED": frozenset({"RUNNING"}) | ENDINGS,
    "RUNNING": frozenset({"TERMINATING"}) | ENDINGS,
    "TERMINATING": ENDINGS,
}
"""The states that may follow each state of a run; none may follow a terminal one."""
AFTER_TASK_RUN: Mapping[str, frozenset[str]] = {
    "QUEUED": frozenset({"PENDING"}) | ENDINGS,
    "BLOCKED": frozenset({"PENDING"}) | ENDINGS,
    "WAITING_FOR_RETRY": frozenset({"PENDING", "TERMINATING"}) | ENDINGS,
    "PENDING": frozenset({"PENDING", "RUNNING", "TERMINATING"}) | ENDINGS,
    "RUNNING": frozenset({"TERMINATING"}) | ENDINGS,
    "TERMINATING": ENDINGS,
}
"""The same for task runs. One that was being set up when the workspace was killed is set up again: PENDING twice."""


def before(table: Mapping[str, frozenset[str]], state: str) -> list[str]:
    """The states that a state may follow, sorted."""
    return sorted(earlier for earlier, later in table.items() if state in later)
