"""Bodies of the serving API, checked field by field.

Source: https://docs.databricks.com/api/workspace/servingendpoints
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ..jobs.requests.fields import Metadata, Strict, Unsupported

ALL = 100  # percent
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
EndpointName = Annotated[str, Field(pattern=NAME)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class ServedEntity(Strict):
    """One version of a registered model; ``name`` is what routes call it: ``<model>-<version>`` unless it is given."""

    entity_name: Annotated[str, Field(min_length=1, max_length=255)]
    entity_version: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}$")]
    name: EndpointName = ""
    workload_size: Literal["Small", "Medium", "Large"] | None = None
    workload_type: Literal["CPU"] | None = None
    # there is one process, always on, however much is asked for
    scale_to_zero_enabled: bool | None = None
    min_provisioned_concurrency: Count | None = None
    max_provisioned_concurrency: Count | None = None
    burst_scaling_enabled: Metadata = None
    environment_vars: Unsupported = None
    external_model: Unsupported = None
    instance_profile_arn: Unsupported = None
    min_provisioned_throughput: Unsupported = None
    max_provisioned_throughput: Unsupported = None
    provisioned_model_units: Unsupported = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, body: Any) -> Any:
        if not isinstance(body, dict) or body.get("name"):
            return body
        model = str(body.get("entity_name", "")).rpartition(".")[2]
        return {**body, "name": f"{model}-{body.get('entity_version', '')}"}


class Route(Strict):
    """The share of the requests that a served entity answers; the older name of its field is taken, too."""

    served_model_name: Annotated[str, Field(min_length=1)]
    traffic_percentage: Annotated[int, Field(ge=0, le=ALL)]

    @model_validator(mode="before")
    @classmethod
    def _one_name(cls, body: Any) -> Any:
        if not isinstance(body, dict) or body.get("served_entity_name") is None:
            return body
        rest = {key: value for key, value in body.items() if key != "served_entity_name"}
        return {"served_model_name": body["served_entity_name"], **rest}


class TrafficConfig(Strict):
    """Routes, of which each names another served entity."""

    routes: Annotated[list[Route], Field(min_length=1)]


class EndpointConfig(Strict):
    """``config`` of a create, and the body of an update. Without routes the only entity takes all requests."""

    served_entities: Annotated[list[ServedEntity], Field(min_length=1, max_length=15)]
    traffic_config: TrafficConfig | None = None
    name: Metadata = None  # the SDK repeats the endpoint's
    served_models: Unsupported = None
    auto_capture_config: Unsupported = None

    @model_validator(mode="after")
    def _routes_fit(self) -> Self:
        names = [entity.name for entity in self.served_entities]
        if len(set(names)) != len(names):
            raise ValueError(f"served_entities have the names {', '.join(names)}; expected each once")
        if self.traffic_config is None and len(names) > 1:
            raise ValueError(
                f"traffic_config is missing, and there are {len(names)} served entities; name their shares"
            )
        shares = self.shares
        unknown = sorted(set(shares) - set(names))
        if unknown:
            raise ValueError(
                f"traffic_config.routes names {', '.join(unknown)}; served entities are {', '.join(names)}"
            )
        if sum(shares.values()) != ALL:
            raise ValueError(
                f"traffic_config.routes: percentages sum to {sum(shares.values())}, expected {ALL}"
            )
        return self

    @property
    def shares(self) -> dict[str, int]:
        """Percent by name of the served entity."""
        if self.traffic_config is None:
            return {self.served_entities[0].name: ALL}
        return {route.served_model_name: route.traffic_percentage for route in self.traffic_config.routes}


class CreateEndpoint(Strict):
    """``POST /api/2.0/serving-endpoints``"""

    name: EndpointName
    config: EndpointConfig
    tags: list[dict[str, str]] = []
    description: Metadata = None
    budget_policy_id: Metadata = None
    usage_policy_id: Metadata = None
    email_notifications: Metadata = None
    ai_gateway: Unsupported = None
    rate_limits: Unsupported = None
    route_optimized: Unsupported = None
