"""Looks at a step of a rollout until it is to be left; a stop takes the traffic back here, before a worker is free."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent


class RolloutTrigger(BaseTrigger):
    """Fires once: ``{"judgement", "stage"}``.

    Started anew, by another triggerer too, it goes on where it was: all that it knows is in its arguments, and in the
    endpoint's counters. Two of them at once do the same.

    Args:
        use_case, target: names; where the endpoint is follows from both.
        databricks_conn_id: the workspace, where that serves.
        rollout: the use case's on that target, as a mapping.
        stage: JSON, see :func:`lakeloop.lifecycle.rollout.stage.as_json`.
    """

    def __init__(
        self, use_case: str, target: str, databricks_conn_id: str, rollout: dict[str, Any], stage: str
    ) -> None:
        super().__init__()
        self.use_case, self.target, self.databricks_conn_id = use_case, target, databricks_conn_id
        self.rollout, self.stage = rollout, stage

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """All of it, for Airflow's database."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        names = ("use_case", "target", "databricks_conn_id", "rollout", "stage")
        return path, {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, wait, and look again."""
        from lakeloop.config import load_target, load_use_case
        from lakeloop.config.use_case.rollout import Rollout
        from lakeloop.lifecycle.rollout.look import look
        from lakeloop.lifecycle.rollout.stage import stage_from
        from lakeloop.lifecycle.serving.registered import KnownChampion
        from lakeloop_airflow.serving import endpoint

        rollout, stage = Rollout.model_validate(self.rollout, strict=False), stage_from(self.stage)
        target, use_case = load_target(self.target), load_use_case(self.use_case)
        found = endpoint(target, use_case, self.databricks_conn_id, KnownChampion(stage.champion))
        while (judged := await asyncio.to_thread(look, found, rollout, stage)).decision == "continue":
            await asyncio.sleep(rollout.every)
        yield TriggerEvent({"judgement": asdict(judged), "stage": self.stage})
