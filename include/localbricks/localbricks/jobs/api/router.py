"""Routes of the Jobs API: 2.1, 2.2, and 2.0 for older clients."""

import json
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ValidationError

from ...api_errors import explain, invalid
from ..requests.models import (
    CancelAll,
    GetJob,
    GetRun,
    JobId,
    JobSettings,
    ListJobs,
    ListRuns,
    RepairRun,
    ResetJob,
    RunId,
    RunNow,
    SubmitRun,
    UpdateJob,
)
from .service import JobsService

VERSIONS = ("2.2", "2.1", "2.0")
Model = TypeVar("Model", bound=BaseModel)


async def parameters(request: Request) -> dict[str, Any]:
    """Return what a request asks for: its JSON body, whatever its content type says, and its query.

    A GET may have a body too: asynchronous Airflow hooks send their parameters in it.
    """
    body = _object(await request.body())
    return {**body, **{key: value for key, value in request.query_params.items() if value != ""}}


def _object(content: bytes) -> dict[str, Any]:
    """The object of a request's body. Raises the ApiError of a body that is none, or that nothing can keep."""
    try:
        body = json.loads(content) if content.strip() else {}
        json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise invalid(f"body: not JSON: {error}") from error
    if not isinstance(body, dict):
        raise invalid("body: expected a JSON object")
    return body


Parameters = Annotated[dict[str, Any], Depends(parameters)]


def router(service: JobsService) -> APIRouter:
    """Return the routes of all versions."""
    routes = APIRouter()
    for version in VERSIONS:
        routes.include_router(_jobs(service), prefix=f"/api/{version}/jobs")
        routes.include_router(_runs(service), prefix=f"/api/{version}/jobs")
    return routes


def _jobs(service: JobsService) -> APIRouter:
    routes = APIRouter()

    @routes.post("/create")
    def create(body: Parameters) -> dict[str, Any]:
        return {"job_id": service.jobs.create(_checked(JobSettings, body))}

    @routes.post("/reset")
    def reset(body: Parameters) -> dict[str, Any]:
        request = _checked(ResetJob, body)
        service.jobs.reset(request.job_id, request.new_settings)
        return {}

    @routes.post("/update")
    def update(body: Parameters) -> dict[str, Any]:
        request = _checked(UpdateJob, body)
        service.jobs.update(request.job_id, request.new_settings, request.fields_to_remove)
        return {}

    @routes.post("/delete")
    def delete(body: Parameters) -> dict[str, Any]:
        request = _checked(JobId, body)
        service.jobs.delete(request.job_id)
        return {}

    @routes.get("/get")
    def get(query: Parameters) -> dict[str, Any]:
        return service.jobs.get(_checked(GetJob, query).job_id)

    @routes.get("/list")
    def list_jobs(query: Parameters) -> dict[str, Any]:
        return service.jobs.list(_checked(ListJobs, query))

    @routes.post("/run-now")
    def run_now(body: Parameters) -> dict[str, Any]:
        run = service.run_now(_checked(RunNow, body))
        return {"run_id": run.run_id, "number_in_job": run.number_in_job}

    return routes


def _runs(service: JobsService) -> APIRouter:
    routes = APIRouter()

    @routes.post("/runs/submit")
    def submit(body: Parameters) -> dict[str, Any]:
        return {"run_id": service.submit(_checked(SubmitRun, body))}

    @routes.get("/runs/get")
    def get(query: Parameters) -> dict[str, Any]:
        request = _checked(GetRun, query)
        return service.get_run(request.run_id, request.include_history)

    @routes.get("/runs/get-output")
    def get_output(query: Parameters) -> dict[str, Any]:
        return service.get_output(_checked(RunId, query).run_id)

    @routes.get("/runs/list")
    def list_runs(query: Parameters) -> dict[str, Any]:
        return service.list_runs(_checked(ListRuns, query))

    @routes.post("/runs/cancel")
    def cancel(body: Parameters) -> dict[str, Any]:
        request = _checked(RunId, body)
        service.cancel(request.run_id)
        return {}

    @routes.post("/runs/cancel-all")
    def cancel_all(body: Parameters) -> dict[str, Any]:
        request = _checked(CancelAll, body)
        service.cancel_all(request.job_id, request.all_queued_runs)
        return {}

    @routes.post("/runs/repair")
    def repair(body: Parameters) -> dict[str, Any]:
        return {"repair_id": service.repair(_checked(RepairRun, body))}

    @routes.post("/runs/delete")
    def delete(body: Parameters) -> dict[str, Any]:
        request = _checked(RunId, body)
        service.delete_run(request.run_id)
        return {}

    return routes


def _checked(model: type[Model], values: dict[str, Any]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(explain(error.errors())) from error
