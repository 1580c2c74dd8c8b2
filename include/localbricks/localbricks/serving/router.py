"""Routes of Model Serving."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from .invocations import Invocation
from .requests import CreateEndpoint, EndpointConfig
from .service import ServingService

PREFIX = "/api/2.0/serving-endpoints"
QUERIES = "/serving-endpoints"


def router(service: ServingService) -> APIRouter:
    """Control below `PREFIX`, queries below `QUERIES`."""
    routes = APIRouter()
    routes.include_router(_control(service), prefix=PREFIX)
    routes.include_router(_queries(service), prefix=QUERIES)
    return routes


def _control(service: ServingService) -> APIRouter:
    routes = APIRouter()

    @routes.post("")
    def create(body: CreateEndpoint) -> dict[str, Any]:
        return service.create(body)

    @routes.get("")
    def list_endpoints() -> dict[str, Any]:
        return {"endpoints": service.all()}

    @routes.get("/{name}")
    def get(name: str) -> dict[str, Any]:
        return service.get(name)

    @routes.put("/{name}/config")
    def update_config(name: str, body: EndpointConfig) -> dict[str, Any]:
        return service.update(name, body)

    @routes.delete("/{name}")
    def delete(name: str) -> dict[str, Any]:
        service.delete(name)
        return {}

    @routes.get("/{name}/metrics")
    def export_metrics(name: str) -> Response:
        return PlainTextResponse(service.metrics(name))

    @routes.get("/{name}/served-models/{entity}/logs")
    def logs(name: str, entity: str) -> dict[str, Any]:
        return {"logs": service.logs(name, entity)}

    return routes


def _queries(service: ServingService) -> APIRouter:
    routes = APIRouter()

    @routes.post("/{name}/invocations")
    def query(name: str, body: Invocation) -> Response:
        return _answer(service.query(name, body))

    @routes.post("/{name}/served-models/{entity}/invocations")
    def query_entity(name: str, entity: str, body: Invocation) -> Response:
        return _answer(service.query(name, body, entity))

    return routes


def _answer(told: tuple[dict[str, Any], str]) -> Response:
    answer, entity = told
    return JSONResponse(answer, headers={"served-model-name": entity})
