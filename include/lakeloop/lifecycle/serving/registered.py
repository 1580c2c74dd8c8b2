"""What an endpoint that follows no alias has to be told: who is champion, and what the model's columns are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lakeloop.lifecycle.serving.endpoint import EndpointError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient


class Registered(Protocol):
    """One registered model."""

    def champion(self) -> str:
        """The version that the registry calls champion. Raises EndpointError without one."""

    def row(self, version: str) -> Mapping[str, Any]:
        """A row that the version can score: zeros, by column."""


@dataclass(frozen=True)
class KnownChampion:
    """Where nobody can ask the registry: a rollout knows its champion."""

    version: str

    def champion(self) -> str:
        """It."""
        return self.version

    def row(self, version: str) -> Mapping[str, Any]:
        """Raises EndpointError."""
        raise EndpointError(f"the columns of version {version} are not known here; ask the registry")


class MlflowRegistered:
    """One registered model of MLflow's, or Unity Catalog's, registry."""

    def __init__(self, client: "MlflowClient", model: str) -> None:
        self._client, self._model = client, model

    def champion(self) -> str:
        """By the alias."""
        from lakeloop.lifecycle.registry import champion_version

        found = champion_version(self._client, self._model)
        if found is None:
            raise EndpointError(f"{self._model} has no champion")
        return str(found.version)

    def row(self, version: str) -> Mapping[str, Any]:
        """By the version's signature."""
        import mlflow

        signature = mlflow.models.get_model_info(f"models:/{self._model}/{version}").signature
        if signature is None:
            raise EndpointError(f"version {version} of {self._model} has no signature; register it with one")
        return {column.name: (False if column.type.name == "boolean" else 0) for column in signature.inputs}
