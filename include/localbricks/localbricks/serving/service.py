"""The calls of the serving API."""

import uuid
from dataclasses import replace
from threading import Lock
from typing import Any

from ..api_errors import ApiError
from ..settings import WorkspaceSettings
from .invocations import Invocation, predictions
from .metering.meter import Meter
from .metering.metrics import Counts, exposition
from .models import Models
from .records import EndpointRecord, Records
from .requests import CreateEndpoint, EndpointConfig
from .scorers.scorer import ScorerError
from .upkeep import Upkeep, now
from .views import config_of, detailed, summary, version_of

# Codes of Databricks by status of the scorer; a request that it does not understand is the client's.
CODES = {429: "REQUEST_LIMIT_EXCEEDED", 503: "TEMPORARILY_UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}


class ServingService:
    """All serving endpoints of a workspace. Every call raises ApiError.

    Args:
        settings: without a scorer's command or a registry every call is 501.
    """

    def __init__(self, settings: WorkspaceSettings) -> None:
        self._settings, self._records = settings, Records(settings.state / "serving-endpoints")
        self._models = Models(settings.registry or "", settings.state / "served-models")
        self._upkeep = Upkeep(self._records, self._models, settings.scorer)
        self._meter = Meter(self._upkeep.look, settings.serving_minute_seconds)
        self._lock = Lock()  # over the records of endpoints that are not being changed

    def recover(self) -> None:
        """Takes up what an earlier process left."""
        if self._missing() is None:
            self._upkeep.start()
            self._meter.start()

    def close(self) -> None:
        """Ends the scorers; a process that is killed does not come here, and finds them again."""
        self._meter.close()
        if self._missing() is None:
            self._upkeep.close()

    def create(self, asked: CreateEndpoint) -> dict[str, Any]:
        """The endpoint as it begins."""
        self._require_models(asked.config)
        about = asked.model_dump(include={"tags", "description", "budget_policy_id"}, exclude_unset=True)
        with self._lock:
            if self._records.find(asked.name) is not None:
                raise ApiError(
                    400, "RESOURCE_ALREADY_EXISTS", f"Endpoint with name '{asked.name}' already exists."
                )
            made = now()
            record = EndpointRecord(uuid.uuid4().hex, asked.name, self._settings.user, made, made, about)
            return self._begin(record, asked.config)

    def update(self, name: str, config: EndpointConfig) -> dict[str, Any]:
        """The endpoint as its update begins; what serves goes on until that has succeeded."""
        self.require(name)
        self._require_models(config)
        with self._lock:
            return self._begin(self._settled(name), config)

    def get(self, name: str) -> dict[str, Any]:
        """One, with its configuration."""
        return detailed(self.require(name), self._upkeep.alive(name))

    def all(self) -> list[dict[str, Any]]:
        """All, by name."""
        self._require_scorer()
        return [summary(record, self._upkeep.alive(record.name)) for record in self._records.all()]

    def delete(self, name: str) -> None:
        """It answers no more when this returns."""
        with self._lock:
            self._settled(name)
            self._upkeep.remove(name)

    def query(self, name: str, asked: Invocation, entity: str | None = None) -> tuple[dict[str, Any], str]:
        """Predictions, and the name of the served entity that made them."""
        versions = _versions(self.require(name).config)
        if entity is not None:
            _known(entity, versions)
        try:
            answer = self._upkeep.scorer(name).infer(asked.tensors(), versions[entity] if entity else None)
        except ScorerError as error:
            raise ApiError(error.status, CODES.get(error.status, "BAD_REQUEST"), error.message) from error
        answered = str(answer["model_version"])
        return {"predictions": predictions(answer)}, answered.rpartition(".")[0]

    def metrics(self, name: str) -> str:
        """Of the last whole minute; empty before the first."""
        versions = _versions(self.require(name).config)
        counts, ended = self._meter.minute(name)
        seen = {entity: counts.get(version, Counts()) for entity, version in versions.items()}
        return exposition(name, seen, ended) if ended else ""

    def logs(self, name: str, entity: str) -> str:
        """The end of the scorer's log, which all entities share."""
        record = self.require(name)
        _known(entity, _versions(record.config) | _versions(record.pending))
        return self._upkeep.process(name).said()

    def require(self, name: str) -> EndpointRecord:
        """The record of an endpoint."""
        self._require_scorer()
        record = self._records.find(name)
        if record is None:
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Endpoint with name '{name}' does not exist.")
        return record

    def _settled(self, name: str) -> EndpointRecord:
        record = self.require(name)
        if record.update == "IN_PROGRESS":
            raise ApiError(
                409, "RESOURCE_CONFLICT", f"Endpoint '{name}' is being updated; try again when it is not."
            )
        return record

    def _begin(self, record: EndpointRecord, config: EndpointConfig) -> dict[str, Any]:
        begun = replace(record, pending=config_of(config), update="IN_PROGRESS", failures={}, updated=now())
        self._records.save(begun)
        self._upkeep.take_up(begun.name)
        return detailed(begun, self._upkeep.alive(begun.name))

    def _require_models(self, config: EndpointConfig) -> None:
        self._require_scorer()
        for entity in config.served_entities:
            self._models.require(entity.entity_name, entity.entity_version)

    def _require_scorer(self) -> None:
        missing = self._missing()
        if missing is not None:
            raise ApiError(
                501, "NOT_IMPLEMENTED", f"Model Serving is off: {missing} is not set for the local workspace"
            )

    def _missing(self) -> str | None:
        if not self._settings.scorer:
            return "LOCALBRICKS_SCORER (a command that starts a scorer)"
        return None if self._settings.registry else "MLFLOW_REGISTRY_URI or MLFLOW_TRACKING_URI"


def _versions(config: dict[str, Any] | None) -> dict[str, str]:
    """What the scorer calls each served entity."""
    return {entity["name"]: version_of(entity) for entity in (config or {}).get("served_entities", [])}


def _known(entity: str, versions: dict[str, str]) -> None:
    if entity not in versions:
        there = ", ".join(versions) or "none"
        raise ApiError(
            404, "RESOURCE_DOES_NOT_EXIST", f"There is no served entity '{entity}'; there are {there}."
        )
