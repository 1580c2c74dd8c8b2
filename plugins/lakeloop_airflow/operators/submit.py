"""The provider's submit operator, subclassed: its retries cure what a retry can cure."""

from typing import Any

from airflow.providers.databricks.operators.databricks import DatabricksSubmitRunOperator

from lakeloop_airflow.idempotency import tries_so_far
from lakeloop_airflow.run_hook import RunOnceHook


class SubmitOnceOperator(DatabricksSubmitRunOperator):
    """``DatabricksSubmitRunOperator`` whose retry replaces a run that ended without success.

    The provider sends the same idempotency token at each try, and would report the same failure each time. A run
    that is alive or has succeeded is found again, as the provider does.
    """

    tries = 1

    def execute(self, context: Any) -> Any:
        """Submit the run, or find it again, and wait for its end."""
        self.tries = tries_so_far(context["ti"], self.retries or 0)
        return super().execute(context)

    def _get_hook(self, caller: str) -> RunOnceHook:  # the provider asks its subclasses for the hook here
        return RunOnceHook(
            self.databricks_conn_id,
            retry_limit=self.databricks_retry_limit,
            retry_delay=self.databricks_retry_delay,
            retry_args=self.databricks_retry_args,
            caller=caller,
            tries=self.tries,
        )
