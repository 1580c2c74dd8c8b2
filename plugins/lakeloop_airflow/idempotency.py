"""One Databricks run for what a person asked for, whatever happens to the worker in between."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5


def idempotency_token(ti: Any, target: str) -> str:
    """Token (36 characters, Databricks allows 64) that names a task's run for ``runs/submit`` and ``run-now``.

    An automatic retry keeps ``max_tries``, so it gets the same token and finds the run that a killed worker left
    behind. Clearing the task raises ``max_tries``, so a person who clears it gets a new run.
    """
    map_index = getattr(ti, "map_index", -1)
    return str(
        uuid5(NAMESPACE_URL, f"{target}/{ti.dag_id}/{ti.run_id}/{ti.task_id}/{map_index}/{ti.max_tries}")
    )


def tries_so_far(ti: Any, retries: int) -> int:
    """How often Airflow has tried this task since somebody asked for it, this time included.

    Clearing a task leaves ``try_number`` as it is and sets ``max_tries`` to it plus `retries`.
    """
    return max(1, ti.try_number - (ti.max_tries - retries))


def nth_token(token: str, number: int) -> str:
    """The token of a task's first run is `token` itself; each run after an unsuccessful one has a token of its own."""
    return token if number == 1 else f"{token}-{number}"
