"""Who the caller is, and what clients ask before their first real call."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

ORGANISATION = "0"


def router(user: str) -> APIRouter:
    """SCIM's Me, the workspace's description, and the calls by which clients ask for flags or report on themselves."""
    routes = APIRouter()

    @routes.get("/api/2.0/preview/scim/v2/Me")
    def me() -> JSONResponse:
        answer = {
            "id": "1",
            "userName": user,
            "displayName": user,
            "active": True,
            "emails": [{"value": user, "primary": True, "type": "work"}],
            "groups": [],
        }
        return JSONResponse(answer, headers={"X-Databricks-Org-Id": ORGANISATION})

    @routes.get("/.well-known/databricks-config")
    def config(request: Request) -> dict[str, Any]:
        base = str(request.base_url).rstrip("/")
        return {
            "host_type": "workspace",
            "cloud": "AWS",
            "workspace_id": ORGANISATION,
            "oidc_endpoint": f"{base}/oidc",
        }

    @routes.get("/api/2.0/connector-service/feature-flags/{client:path}")
    def flags(client: str) -> dict[str, Any]:
        return {"flags": [], "ttl_seconds": 86400}

    @routes.post("/telemetry-ext")
    @routes.post("/telemetry-unauth")
    def telemetry() -> dict[str, Any]:
        # Thrown away: nothing about the caller leaves this machine.
        return {"errors": [], "numSuccess": 0, "numProtoSuccess": 0}

    return routes
