"""Waits for an endpoint to take a change: minutes on Model Serving, where a version's machine is made first."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent


class EndpointReadyTrigger(BaseTrigger):
    """Fires once: ``{"state": "ready" | "failed" | "overdue", "said"}``.

    An endpoint that does not answer is asked again, until it is overdue.

    Args:
        use_case, target: names.
        databricks_conn_id: the workspace, where that serves.
        until: seconds since 1970; what is not ready by then is overdue.
        every: seconds from look to look.
    """

    def __init__(
        self, use_case: str, target: str, databricks_conn_id: str, until: float, every: float
    ) -> None:
        super().__init__()
        self.use_case, self.target, self.databricks_conn_id = use_case, target, databricks_conn_id
        self.until, self.every = until, every

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """All of it, for Airflow's database."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        names = ("use_case", "target", "databricks_conn_id", "until", "every")
        return path, {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, wait, and look again."""
        while True:
            state, said = await asyncio.to_thread(self._looked)
            if state != "updating":
                yield TriggerEvent({"state": state, "said": said})
                return
            if time.time() > self.until:
                yield TriggerEvent({"state": "overdue", "said": said})
                return
            await asyncio.sleep(self.every)

    def _looked(self) -> tuple[str, str]:
        from lakeloop.config import load_target, load_use_case
        from lakeloop.lifecycle.serving.endpoint import EndpointError
        from lakeloop.lifecycle.serving.registered import KnownChampion
        from lakeloop_airflow.serving import changing

        target, use_case = load_target(self.target), load_use_case(self.use_case)
        try:
            found = changing(target, use_case, self.databricks_conn_id, KnownChampion(""))
            assert found is not None, "the scorer is waited for by nobody"
            now = found.readiness()
        except EndpointError as error:
            return "updating", str(error)
        return now.state, now.said
