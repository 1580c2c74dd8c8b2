"""The local workspace as one application: every area's routes behind one token check."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from . import api_errors, identity, pages, workspace
from .auth import BodyLimit, SecurityHeaders, TokenCheck
from .environment import LOOPBACK
from .jobs.api.router import router as jobs_router
from .jobs.api.service import JobsService
from .serving.router import router as serving_router
from .serving.service import ServingService
from .settings import WorkspaceSettings
from .sql.protocol.router import router as sql_router

SPARK_ANSWER_SECONDS = 0.5


def create_app(settings: WorkspaceSettings) -> FastAPI:
    """Return the application; when it starts it takes up the runs that it finds in its state."""
    jobs, serving = JobsService(settings), ServingService(settings)
    app = FastAPI(
        title="localbricks",
        lifespan=_lifespan(jobs, serving),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.jobs = jobs
    api_errors.install(app)
    app.include_router(jobs_router(jobs))
    app.include_router(serving_router(serving))
    app.include_router(sql_router(settings.remote, settings.state / "spool"))
    app.include_router(workspace.router(workspace.WorkspaceFiles(settings.workspace_root)))
    app.include_router(identity.router(settings.user))
    app.include_router(pages.router(jobs, frozenset({LOOPBACK, "localhost", settings.host})))
    app.add_api_route("/health", _health(settings), methods=["GET"])
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit)
    app.add_middleware(TokenCheck, token=settings.token)
    app.add_middleware(SecurityHeaders)
    return app


def _lifespan(jobs: JobsService, serving: ServingService) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(jobs.recover)
        await asyncio.to_thread(serving.recover)
        yield
        await asyncio.to_thread(serving.close)
        jobs.close()

    return lifespan


def _health(settings: WorkspaceSettings) -> Any:
    def health() -> dict[str, Any]:
        return {"status": "ok", "spark": _answers(settings.spark_port)}

    return health


def _answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=SPARK_ANSWER_SECONDS).close()
    except OSError:
        return False
    return True
