"""What answers in real time on a target, for operators and triggers: one adapter for each kind of `serving`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lakeloop.config import Target, UseCase
from lakeloop.config.serving import ModelServing, ScorerServing, SeldonServing
from lakeloop_airflow.connection import workspace_access
from lakeloop_airflow.mlflow_client import mlflow_client

if TYPE_CHECKING:
    from lakeloop.lifecycle.serving.endpoint import Endpoint
    from lakeloop.lifecycle.serving.readiness import Changing
    from lakeloop.lifecycle.serving.registered import Registered


def endpoint(target: Target, use_case: UseCase, conn_id: str, registered: "Registered") -> "Endpoint":
    """The endpoint of a use case. Raises EndpointError where it has no address."""
    model = target.model_name(use_case)
    if isinstance(target.serving, ScorerServing):
        from lakeloop.lifecycle.serving.scorer import scorer_of

        return scorer_of(use_case.name, model)
    if isinstance(target.serving, ModelServing):
        from lakeloop.lifecycle.serving.model_serving import ModelServingEndpoint

        client, name = workspace_access(conn_id).client(), target.endpoint_name(use_case)
        return ModelServingEndpoint(client, name, model, target.serving, registered)
    if isinstance(target.serving, SeldonServing):
        from lakeloop.lifecycle.serving.seldon.endpoint import SeldonEndpoint

        return SeldonEndpoint(target.serving, target.endpoint_name(use_case), model, registered)
    raise ValueError(f"target {target.name} has no serving; set it in targets.yaml")


def changing(target: Target, use_case: UseCase, conn_id: str, registered: "Registered") -> "Changing | None":
    """The same, where a version takes minutes to load; None for the scorer, which takes a second."""
    from lakeloop.lifecycle.serving.readiness import Changing

    found = endpoint(target, use_case, conn_id, registered)
    return found if isinstance(found, Changing) else None


@contextmanager
def registered_endpoint(target: Target, use_case: UseCase, conn_id: str) -> "Iterator[Endpoint]":
    """The endpoint, with a registry that it may ask while the context lasts."""
    from lakeloop.lifecycle.serving.registered import MlflowRegistered

    with mlflow_client(target, conn_id) as client:
        yield endpoint(target, use_case, conn_id, MlflowRegistered(client, target.model_name(use_case)))
