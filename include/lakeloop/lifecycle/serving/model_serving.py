"""Databricks Model Serving, by databricks-sdk: a served entity for each version, and routes with percentages.

Source: https://docs.databricks.com/api/workspace/servingendpoints
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lakeloop.config.serving import ModelServing
from lakeloop.lifecycle.aliases import CHAMPION
from lakeloop.lifecycle.serving.endpoint import EndpointError, Traffic
from lakeloop.lifecycle.serving.minutes import Minutes
from lakeloop.lifecycle.serving.observed import Observed
from lakeloop.lifecycle.serving.readiness import Readiness, wait_until_ready
from lakeloop.lifecycle.serving.registered import Registered

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.serving import ServedEntityInput, ServingEndpointDetailed, TrafficConfig

ALL = 100  # percent
PREFIX = "version-"
LOOK_SECONDS = 2.0


class ModelServingEndpoint:
    """An Endpoint, and a Changing, of one registered model.

    The endpoint is made when a version is there to serve, and not before: Model Serving takes no name of a version
    that is not registered (databricks/mlops-stacks#217). A change of percentages keeps all that is loaded, at 0 %
    where it is not named, so that it need not wait for a version to load.

    Args:
        name: of the endpoint.
        model: its name in the registry.
    """

    def __init__(
        self,
        client: "WorkspaceClient",
        name: str,
        model: str,
        settings: ModelServing,
        registered: Registered,
        minutes: Minutes | None = None,
    ) -> None:
        self._api, self.name, self.model, self._settings = client.serving_endpoints, name, model, settings
        self._registered, self._minutes = registered, minutes or Minutes()

    def traffic(self) -> Traffic:
        """Versions with a share. Raises EndpointError where there is no endpoint."""
        return Traffic(
            {version: percent for version, percent in self._weights(self._found()).items() if percent}
        )

    def set_traffic(self, traffic: Traffic) -> None:
        """Returns when it holds; loads versions that are not there yet, which takes minutes."""
        if traffic.shadows:
            raise EndpointError(
                f"Model Serving has no shadow, asked for was {traffic}; write `leaves_out: [shadow]` for this target"
            )
        endpoint = self._find()
        loaded = self._weights(endpoint) if endpoint is not None else {}
        self._change(endpoint, dict.fromkeys(loaded, 0) | dict(traffic.weights))
        wait_until_ready(self, self._settings.update_minutes, LOOK_SECONDS)

    def follow_champion(self) -> None:
        """It follows no alias: a next champion has to be told again."""
        self.set_traffic(Traffic({self._registered.champion(): ALL}))

    def refresh(self) -> Mapping[str, str]:
        """The registry's champion; whether it is served `answering` tells."""
        return {CHAMPION: self._registered.champion()}

    def observations(self) -> Mapping[str, Observed]:
        """Requests, errors (4xx and 5xx) and latency of the whole minutes since this object was made."""
        entities = {entity_of(version): version for version in self._weights(self._found())}
        with _told():
            exported = self._api.export_metrics(self.name).contents
        text = exported.read().decode() if exported is not None else ""
        return {
            entities[name]: seen
            for name, seen in self._minutes.add(text, entities).items()
            if name in entities
        }

    def answering(self) -> str:
        """By a query of one row of zeros."""
        version = next(iter(self.traffic().weights))
        with _told():
            answer = self._api.query(self.name, dataframe_records=[dict(self._registered.row(version))])
        return version_of(str(answer.served_model_name))

    def begin(self, version: str) -> None:
        """What has no share is unloaded for it: a rollout needs two versions."""
        endpoint = self._find()
        if endpoint is not None and version in _coming(endpoint):
            return
        weights = {} if endpoint is None else self._weights(endpoint)
        answering = {of_it: percent for of_it, percent in weights.items() if percent}
        # an update of the same, too, where the last one failed: what it says would be taken for this one's
        failed = endpoint is not None and _readiness(endpoint).state == "failed"
        if version not in weights or failed:
            self._change(endpoint, {version: 0 if answering else ALL} | answering)

    def readiness(self) -> Readiness:
        """By its state; a failure with Model Serving's own reason."""
        return _readiness(self._found())

    def _change(self, endpoint: "ServingEndpointDetailed | None", weights: Mapping[str, int]) -> None:
        from databricks.sdk.service.serving import EndpointCoreConfigInput

        entities, routes = [self._entity(version) for version in weights], _routes(weights)
        with _told():
            if endpoint is None:
                config = EndpointCoreConfigInput(self.name, served_entities=entities, traffic_config=routes)
                self._api.create(self.name, config=config)
            else:
                self._api.update_config(self.name, served_entities=entities, traffic_config=routes)

    def _entity(self, version: str) -> "ServedEntityInput":
        from databricks.sdk.service.serving import ServedEntityInput

        return ServedEntityInput(
            name=entity_of(version),
            entity_name=self.model,
            entity_version=version,
            workload_size=self._settings.workload_size,
            scale_to_zero_enabled=self._settings.scale_to_zero,
        )

    def _found(self) -> "ServingEndpointDetailed":
        found = self._find()
        if found is None:
            raise EndpointError(f"there is no serving endpoint {self.name} yet")
        return found

    def _find(self) -> "ServingEndpointDetailed | None":
        from databricks.sdk.errors import NotFound

        with _told():
            try:
                return self._api.get(self.name)
            except NotFound:
                return None

    def _weights(self, endpoint: "ServingEndpointDetailed") -> dict[str, int]:
        """Percent by version of all that is loaded; empty while nothing serves yet."""
        config = endpoint.config
        entities = [str(entity.name) for entity in (config.served_entities if config else None) or []]
        routes = (config.traffic_config.routes if config and config.traffic_config else None) or []
        shares = {str(route.served_model_name): route.traffic_percentage for route in routes}
        return {version_of(name): shares.get(name, 0) for name in entities}


def entity_of(version: str) -> str:
    """What a version is called among the served entities."""
    return f"{PREFIX}{version}"


def version_of(entity: str) -> str:
    """Raises EndpointError for an entity that somebody else has put there."""
    if not entity.startswith(PREFIX):
        raise EndpointError(
            f"the endpoint serves {entity!r}, expected {PREFIX}<number>: somebody else has changed it"
        )
    return entity.removeprefix(PREFIX)


def _routes(weights: Mapping[str, int]) -> "TrafficConfig":
    from databricks.sdk.service.serving import Route, TrafficConfig

    routes = [
        Route(served_model_name=entity_of(version), traffic_percentage=percent)
        for version, percent in weights.items()
    ]
    return TrafficConfig(routes=routes)


def _coming(endpoint: "ServingEndpointDetailed") -> set[str]:
    """Versions that are being loaded."""
    pending = endpoint.pending_config.served_entities if endpoint.pending_config else None
    if _readiness(endpoint).state != "updating":
        return set()
    return {version_of(str(entity.name)) for entity in pending or []}


def _readiness(endpoint: "ServingEndpointDetailed") -> Readiness:
    state = endpoint.state
    update = state.config_update.value if state and state.config_update else "unknown"
    ready = state.ready.value if state and state.ready else "unknown"
    said = f"serving endpoint {endpoint.name} is {ready}, its update {update}"
    if update in ("UPDATE_FAILED", "UPDATE_CANCELED"):
        return Readiness("failed", f"{said}: {_reasons(endpoint)}")
    if update == "NOT_UPDATING" and ready == "READY":
        return Readiness("ready", said)
    return Readiness("updating", said)


def _reasons(endpoint: "ServingEndpointDetailed") -> str:
    pending = endpoint.pending_config.served_entities if endpoint.pending_config else None
    told = [
        f"{entity.name}: {entity.state.deployment_state_message}"
        for entity in pending or []
        if entity.state and entity.state.deployment_state_message
    ]
    return "; ".join(told) or "no reason given; its events in the workspace may have one"


@contextmanager
def _told() -> Iterator[None]:
    """What the SDK raises, as EndpointError."""
    from databricks.sdk.errors import DatabricksError

    try:
        yield
    except (DatabricksError, OSError) as error:
        raise EndpointError(f"Model Serving: {type(error).__name__}: {error}") from error
