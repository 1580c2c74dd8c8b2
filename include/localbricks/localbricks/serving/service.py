"""Endpoints from their creation to their end; what a killed process left is taken up again."""

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import RLock
from typing import Any

from ..api_errors import ApiError
from ..settings import WorkspaceSettings
from .invocations import Invocation, predictions
from .meter import Meter, Seen
from .metrics import Counts, counted, exposition
from .models import Models
from .process import ScorerProcess
from .records import EndpointRecord, Records
from .requests import CreateEndpoint, EndpointConfig
from .scorer import Scorer, ScorerError
from .updates import UpdateError, carry_out, running
from .views import config_of, detailed, summary, version_of

log = logging.getLogger("localbricks.serving")
UPDATES_AT_ONCE = 2
# Codes of Databricks by status of the scorer; a request that it does not understand is the client's.
CODES = {429: "REQUEST_LIMIT_EXCEEDED", 503: "TEMPORARILY_UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}


class ServingService:
    """All serving endpoints of a workspace.

    Args:
        settings: without a scorer's command or a registry every call is 501.
    """

    def __init__(self, settings: WorkspaceSettings) -> None:
        root = settings.state / "serving-endpoints"
        self._settings, self._records = settings, Records(root)
        self._models = Models(settings.registry or "", settings.state / "served-models")
        self._scorers: dict[str, Scorer] = {}
        self._lock = RLock()  # over records and scorers; never held while a scorer is asked
        self._pool = ThreadPoolExecutor(UPDATES_AT_ONCE, "serving-update")
        self._meter = Meter(self._look, settings.serving_minute_seconds)

    def recover(self) -> None:
        """Takes up what was there: scorers that still run, those that do not, and updates that were cut off."""
        if self._missing() is None:
            for record in self._records.all():
                self._pool.submit(self._logged, self._take_up, record.name)
            self._meter.start()

    def close(self) -> None:
        """Ends the scorers; a process that is killed does not come here, and finds them again."""
        self._meter.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._missing() is None:
            for record in self._records.all():
                self._process(record.name).stop()

    def create(self, asked: CreateEndpoint) -> dict[str, Any]:
        """The endpoint as it begins. Raises ApiError."""
        self._require_models(asked.config)
        about = asked.model_dump(include={"tags", "description", "budget_policy_id"}, exclude_unset=True)
        with self._lock:
            if self._records.find(asked.name) is not None:
                raise ApiError(
                    400, "RESOURCE_ALREADY_EXISTS", f"Endpoint with name '{asked.name}' already exists."
                )
            now, user = _now(), self._settings.user
            record = EndpointRecord(uuid.uuid4().hex, asked.name, user, now, now, about)
            return self._begin(record, asked.config)

    def update(self, name: str, config: EndpointConfig) -> dict[str, Any]:
        """The endpoint as its update begins. Raises ApiError; what serves goes on until the update has succeeded."""
        self.require(name)
        self._require_models(config)
        with self._lock:
            record = self.require(name)
            if record.update == "IN_PROGRESS":
                raise ApiError(
                    409, "RESOURCE_CONFLICT", f"Endpoint '{name}' is being updated; try again when it is not."
                )
            return self._begin(record, config)

    def get(self, name: str) -> dict[str, Any]:
        """Raises ApiError for an unknown one."""
        record = self.require(name)
        return detailed(record, self._alive(name))

    def list(self) -> list[dict[str, Any]]:
        """All, by name."""
        self._require_scorer()
        return [summary(record, self._alive(record.name)) for record in self._records.all()]

    def delete(self, name: str) -> None:
        """It answers no more when this returns. Raises ApiError for an unknown one."""
        with self._lock:
            self.require(name)
            scorer = self._scorers.pop(name, None)
            self._process(name).stop()
            self._records.remove(name)
        if scorer is not None:
            scorer.close()

    def query(self, name: str, asked: Invocation, entity: str | None = None) -> tuple[dict[str, Any], str]:
        """Predictions, and the name of the served entity that made them. Raises ApiError."""
        record = self.require(name)
        names = {version_of(one): one["name"] for one in (record.config or {}).get("served_entities", [])}
        version = None if entity is None else _version(names, entity)
        try:
            answer = self._scorer(name).infer(asked.tensors(), version)
        except ScorerError as error:
            raise ApiError(error.status, CODES.get(error.status, "BAD_REQUEST"), error.message) from error
        answered = answer["model_version"]
        return {"predictions": predictions(answer)}, names.get(answered, answered.rpartition(".")[0])

    def metrics(self, name: str) -> str:
        """Of the last whole minute. Raises ApiError for an unknown one."""
        record = self.require(name)
        counts, ended = self._meter.minute(name)
        entities = (record.config or {}).get("served_entities", [])
        seen = {one["name"]: counts.get(version_of(one), Counts()) for one in entities}
        return exposition(name, seen, ended) if ended else ""

    def logs(self, name: str, entity: str) -> str:
        """The end of the scorer's log, which all entities share. Raises ApiError for an unknown one."""
        record = self.require(name)
        configs = [record.config or {}, record.pending or {}]
        names = {one["name"]: "" for config in configs for one in config.get("served_entities", [])}
        _version(dict.fromkeys(names, entity) if entity in names else names, entity)
        return self._process(name).said()

    def require(self, name: str) -> EndpointRecord:
        """Raises ApiError for an unknown one."""
        self._require_scorer()
        record = self._records.find(name)
        if record is None:
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Endpoint with name '{name}' does not exist.")
        return record

    def _begin(self, record: EndpointRecord, config: EndpointConfig) -> dict[str, Any]:
        begun = replace(record, pending=config_of(config), update="IN_PROGRESS", failures={}, updated=_now())
        self._records.save(begun)
        self._pool.submit(self._logged, self._take_up, begun.name)
        return detailed(begun, self._alive(begun.name))

    def _take_up(self, name: str) -> None:
        """Brings an endpoint to what its record says, from wherever it was left."""
        record = self._records.find(name)
        if record is None:
            return
        try:
            scorer = running(self._process(name))
            self._keep(name, scorer)
            if record.update == "IN_PROGRESS" and record.pending is not None:
                carry_out(scorer, self._models, record.pending)
        except UpdateError as error:
            self._failed(record, error)
            return
        if record.update == "IN_PROGRESS":
            self._succeeded(record)

    def _succeeded(self, record: EndpointRecord) -> None:
        done = replace(
            record,
            config=record.pending,
            config_version=record.config_version + 1,
            pending=None,
            update="NOT_UPDATING",
            updated=_now(),
        )
        self._finish(record, done)

    def _failed(self, record: EndpointRecord, error: UpdateError) -> None:
        log.error("endpoint %s: %s", record.name, error)
        if record.update == "IN_PROGRESS":
            named = [one["name"] for one in (record.pending or {}).get("served_entities", [])]
            failures = error.failures or dict.fromkeys(named, str(error))
            self._finish(record, replace(record, update="UPDATE_FAILED", failures=failures, updated=_now()))

    def _finish(self, begun: EndpointRecord, done: EndpointRecord) -> None:
        """An endpoint that was deleted meanwhile stays deleted, and its scorer too."""
        with self._lock:
            present = self._records.find(begun.name)
            if present is not None and present.id == begun.id:
                self._records.save(done)
            elif present is None:
                self._process(begun.name).stop()
                self._records.remove(begun.name)

    def _keep(self, name: str, scorer: Scorer) -> None:
        with self._lock:
            before, self._scorers[name] = self._scorers.get(name), scorer
        if before is not None:
            before.close()

    def _scorer(self, name: str) -> Scorer:
        with self._lock:
            scorer = self._scorers.get(name)
        if scorer is None:
            raise ScorerError(503, f"endpoint {name} is not ready")
        return scorer

    def _alive(self, name: str) -> bool:
        with self._lock:
            scorer = self._scorers.get(name)
        return scorer is not None and scorer.answers()

    def _look(self) -> Seen:
        with self._lock:
            scorers = dict(self._scorers)
        seen: Seen = {}
        for name, scorer in scorers.items():
            try:
                seen[name] = counted(scorer.metrics())
            except (
                ScorerError,
                RuntimeError,
            ) as error:  # a client that was closed meanwhile is a RuntimeError
                log.warning("endpoint %s is not counted this minute: %s", name, error)
        return seen

    def _process(self, name: str) -> ScorerProcess:
        folder = self._records.folder(name)
        return ScorerProcess(self._settings.scorer, folder, self._models.folder, name)

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

    def _logged(self, work: Callable[[str], None], name: str) -> None:
        try:
            work(name)
        except Exception:
            log.exception("endpoint %s", name)
            raise


def _version(names: dict[str, str], entity: str) -> str:
    for version, name in names.items():
        if name == entity:
            return version
    known = ", ".join(names.values()) or "none"
    raise ApiError(
        404, "RESOURCE_DOES_NOT_EXIST", f"There is no served entity '{entity}'; there are {known}."
    )


def _now() -> int:
    return int(time.time() * 1000)
