"""One Databricks run per attempt that a person asked for, whatever happens to the worker in between."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5


def idempotency_token(ti: Any) -> str:
    """Token (36 characters, Databricks allows 64) that names this task's attempt for ``runs/submit`` and ``run-now``.

    An automatic retry keeps ``max_tries``, so it gets the same token and re-attaches to the run that a killed worker
    left behind. Clearing the task raises ``max_tries``, so a person who clears it gets a new run.
    """
    map_index = getattr(ti, "map_index", -1)
    return str(uuid5(NAMESPACE_URL, f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{map_index}/{ti.max_tries}"))
