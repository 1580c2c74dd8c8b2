"""A LocalExecutor whose tasks start with their imports already made.

Its workers are forked from the scheduler, and each task is forked from a worker. What the scheduler imports before the
first fork, no task imports again: on a small machine that is up to five seconds of each dbt run, and two of each task
that asks MLflow.
"""

from importlib import import_module

from airflow.executors.local_executor import LocalExecutor

IMPORTED_BY_TASKS = (
    "airflow.providers.amazon.aws.sensors.s3",
    "airflow.providers.databricks.hooks.databricks_sql",
    "cosmos.operators.watcher",
    "databricks.sdk",
    "dbt.adapters.databricks",
    "dbt.cli.main",
    "lakeloop.lifecycle.registry",
    "lakeloop_airflow.operators.submit",
    "lakeloop_airflow.operators.workflow",
    "mlflow",
)


class ReadyLocalExecutor(LocalExecutor):
    """LocalExecutor, for ``AIRFLOW__CORE__EXECUTOR``."""

    def start(self) -> None:
        """Import, then fork the workers."""
        for module in IMPORTED_BY_TASKS:
            import_module(module)
        super().start()
