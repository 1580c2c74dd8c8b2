"""Endpoints as clients read them."""

from hashlib import sha256
from typing import Any

from .records import EndpointRecord
from .requests import EndpointConfig


def version_of(entity: dict[str, Any]) -> str:
    """What the scorer calls a served entity: another model or version under the same name is another version there."""
    said = f"{entity['entity_name']}\0{entity['entity_version']}"
    return f"{entity['name']}.{sha256(said.encode()).hexdigest()[:8]}"


def config_of(config: EndpointConfig) -> dict[str, Any]:
    """What is kept of a request: its entities, and a route for each that has one."""
    entities = [entity.model_dump(exclude_none=True) for entity in config.served_entities]
    routes = [
        {"served_model_name": name, "served_entity_name": name, "traffic_percentage": percent}
        for name, percent in config.shares.items()
    ]
    return {"served_entities": entities, "traffic_config": {"routes": routes}}


def shares_of(config: dict[str, Any]) -> dict[str, int]:
    """Percent by version as the scorer calls them."""
    versions = {entity["name"]: version_of(entity) for entity in config["served_entities"]}
    routes = config["traffic_config"]["routes"]
    return {versions[route["served_model_name"]]: route["traffic_percentage"] for route in routes}


def detailed(record: EndpointRecord, alive: bool) -> dict[str, Any]:
    """``ServingEndpointDetailed``; `alive`: whether its scorer answers."""
    said = summary(record, alive)
    said.pop("config", None)
    if record.config is not None:
        said["config"] = _shown(record, record.config, "DEPLOYMENT_READY") | {
            "config_version": record.config_version
        }
    if record.pending is not None:
        state = "DEPLOYMENT_FAILED" if record.update == "UPDATE_FAILED" else "DEPLOYMENT_CREATING"
        said["pending_config"] = _shown(record, record.pending, state) | {
            "config_version": record.config_version + 1,
            "start_time": record.updated,
        }
    return said | {"permission_level": "CAN_MANAGE", "route_optimized": False}


def summary(record: EndpointRecord, alive: bool) -> dict[str, Any]:
    """``ServingEndpoint``, as a list has it."""
    ready = "READY" if alive and record.config is not None else "NOT_READY"
    said: dict[str, Any] = {
        "id": record.id,
        "name": record.name,
        "creator": record.creator,
        "creation_timestamp": record.created,
        "last_updated_timestamp": record.updated,
        "state": {"ready": ready, "config_update": record.update},
        **record.about,
    }
    if record.config is not None:
        keys = ("name", "entity_name", "entity_version")
        specs = [{key: entity[key] for key in keys} for entity in record.config["served_entities"]]
        said["config"] = {"served_entities": specs}
    return said


def _shown(record: EndpointRecord, config: dict[str, Any], state: str) -> dict[str, Any]:
    entities = [
        {
            **entity,
            "creator": record.creator,
            "creation_timestamp": record.updated,
            "state": _deployment(record, entity["name"], state),
        }
        for entity in config["served_entities"]
    ]
    return {"served_entities": entities, "traffic_config": config["traffic_config"]}


def _deployment(record: EndpointRecord, name: str, state: str) -> dict[str, str]:
    if state != "DEPLOYMENT_FAILED":
        return {"deployment": state, "deployment_state_message": ""}
    reason = record.failures.get(name)
    if reason is None:
        said = "Another served entity of this configuration failed, or the endpoint did."
        return {"deployment": "DEPLOYMENT_ABORTED", "deployment_state_message": said}
    return {"deployment": state, "deployment_state_message": reason}
