"""Starting a Databricks run once, also when Airflow asks for it several times."""

import time
from collections.abc import Callable
from typing import Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook, RunState

from lakeloop_airflow.idempotency import nth_token

LOOK_AGAIN_SECONDS = 2


class RunOnceHook(DatabricksHook):
    """Asking again returns the run that is alive or has succeeded, and replaces one that ended without success.

    An idempotency token names one run for good. So a failed or cancelled run is replaced under the next token, and at
    most one token is used up by each try of the Airflow task.

    Args:
        tries: how often Airflow has tried the task so far, this time included.
    """

    def __init__(self, *args: Any, tries: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tries = tries

    def submit_run(self, json: dict[str, Any]) -> int:
        """Submit a one-time run, or return the one that was submitted before."""
        return self._once(super().submit_run, json)

    def run_now(self, json: dict[str, Any]) -> int:
        """Start a run of a job, or return the one that was started before."""
        return self._once(super().run_now, json)

    def _once(self, start: Callable[[dict[str, Any]], int], json: dict[str, Any]) -> int:
        for number in range(1, self.tries):
            run_id = start({**json, "idempotency_token": nth_token(json["idempotency_token"], number)})
            state = self._settled_state(run_id)
            if not state.is_terminal or state.is_successful:
                return run_id
            self.log.info("Databricks run %s ended without success (%s): starting another", run_id, state)
        return start({**json, "idempotency_token": nth_token(json["idempotency_token"], self.tries)})

    def _settled_state(self, run_id: int) -> RunState:
        """A run that is being cancelled looks alive for some seconds, and is not worth attaching to."""
        state = self.get_run_state(run_id)
        while state.life_cycle_state == "TERMINATING":
            time.sleep(LOOK_AGAIN_SECONDS)
            state = self.get_run_state(run_id)
        return state
