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
        use_case: name; its scorer's address is in LAKELOOP_SCORERS.
        model: registered model.
        rollout: the use case's, as a mapping.
        stage: JSON, see :func:`lakeloop.lifecycle.rollout.stage.as_json`.
    """

    def __init__(self, use_case: str, model: str, rollout: dict[str, Any], stage: str) -> None:
        super().__init__()
        self.use_case, self.model, self.rollout, self.stage = use_case, model, rollout, stage

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """All of it, for Airflow's database."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        names = ("use_case", "model", "rollout", "stage")
        return path, {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, wait, and look again."""
        from lakeloop.config.use_case.rollout import Rollout
        from lakeloop.lifecycle.rollout.look import look
        from lakeloop.lifecycle.rollout.stage import stage_from
        from lakeloop.lifecycle.serving.scorer import scorer_of

        rollout, stage = Rollout.model_validate(self.rollout, strict=False), stage_from(self.stage)
        endpoint = scorer_of(self.use_case, self.model)
        while (judged := await asyncio.to_thread(look, endpoint, rollout, stage)).decision == "continue":
            await asyncio.sleep(rollout.every)
        yield TriggerEvent({"judgement": asdict(judged), "stage": self.stage})
