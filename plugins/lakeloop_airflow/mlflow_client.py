"""MLflow for operators: the servers that the target names, with the Databricks connection's access to them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Target
from lakeloop_airflow.connection import workspace_access
from lakeloop_airflow.defaults import DATABRICKS

if TYPE_CHECKING:
    from mlflow import MlflowClient


@contextmanager
def mlflow_client(target: Target, conn_id: str = DATABRICKS) -> Iterator["MlflowClient"]:
    """A client of the target's tracking server and model registry, to be used within the context.

    A target that names no servers is served by MLFLOW_TRACKING_URI. Raises AirflowFailException when nothing names one:
    MLflow would make an empty database of its own, in which there never is a champion.
    """
    from mlflow import MlflowClient

    servers = target.mlflow
    if not servers.tracking_uri and not os.environ.get("MLFLOW_TRACKING_URI"):
        raise AirflowFailException(
            f"Target {target.name} names no MLflow and MLFLOW_TRACKING_URI is not set; set one of the two"
        )
    with _variables(workspace_access(conn_id).environment if _on_databricks(target) else {}):
        yield MlflowClient(servers.tracking_uri, servers.registry_uri)


def _on_databricks(target: Target) -> bool:
    uris = (target.mlflow.tracking_uri, target.mlflow.registry_uri)
    return any(uri is not None and uri.startswith("databricks") for uri in uris)


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """MLflow asks the environment at each request; a task has a process of its own, so nobody else sees this."""
    before = {name: os.environ.get(name) for name in wanted}
    _put(wanted)
    try:
        yield
    finally:
        _put(before)


def _put(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
