"""A version is loaded beside what answers, before any traffic is directed to it."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import StreamUseCase, Target
from lakeloop.config.serving import ModelServing, SeldonServing
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.serving import changing
from lakeloop_airflow.triggers.endpoint import EndpointReadyTrigger

if TYPE_CHECKING:
    from lakeloop.config.serving import RemoteServing

LOAD = "load"


class LoadVersionOperator(BaseOperator):
    """Makes the endpoint where there is none, and has it load the version; waits in the triggerer until it is there.

    A version that the endpoint refuses fails here with its reason, and what answered goes on. Tried again, it waits
    for what was begun.

    Args:
        version: that is registered.
    """

    template_fields: Sequence[str] = ("version", "databricks_conn_id")
    ui_color = "#fff3c4"
    deferrable = True  # there is no other way to wait

    def __init__(
        self,
        *,
        use_case: StreamUseCase,
        target: Target,
        version: str,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        # a task's own timeout would end the wait, which has its own
        super().__init__(**{"execution_timeout": None, **kwargs})
        self.use_case, self.target, self.version = use_case, target, version
        self.databricks_conn_id = databricks_conn_id

    @property
    def serving(self) -> "RemoteServing":
        """The target's, which takes minutes."""
        assert isinstance(self.target.serving, ModelServing | SeldonServing)
        return self.target.serving

    def execute(self, context: Any) -> None:
        """Begin, or find what was begun."""
        from lakeloop.lifecycle.serving.registered import KnownChampion

        found = changing(self.target, self.use_case, self.databricks_conn_id, KnownChampion(""))
        assert found is not None
        found.begin(self.version)
        until = time.time() + 60 * self.serving.update_minutes
        names = self.use_case.name, self.target.name, self.databricks_conn_id
        self.defer(
            trigger=EndpointReadyTrigger(*names, until, self.target.poll_seconds), method_name="loaded"
        )

    def loaded(self, context: Any, event: dict[str, str]) -> str:
        """Return what the endpoint said."""
        if event["state"] == "ready":
            self.log.info("%s", event["said"])
            return event["said"]
        if event["state"] == "failed":
            raise AirflowFailException(f"version {self.version} is not served: {event['said']}")
        raise AirflowFailException(
            f"version {self.version} is not served after {self.serving.update_minutes} minutes: {event['said']}"
        )
