"""Routes of the pages. They need no token: on loopback whoever can open them can read the files behind them.

A page of another site must not read them by way of the browser (DNS rebinding), so the Host header must name this
machine. Output of user code is served in a sandbox, without scripts of its own origin.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from ..api_errors import ApiError
from ..jobs.requests.fields import Int64
from . import graph, views

LOG_CHUNK = 256 * 1024  # bytes of a log in one answer
PAGE = 50
Offset = Annotated[Int64, Query(ge=0)]
TEMPLATES = Path(__file__).parent / "templates"
STATIC = {"style.css": "text/css", "index.js": "text/javascript", "run.js": "text/javascript"}
SANDBOX = {"Content-Security-Policy": "sandbox allow-scripts; frame-ancestors 'self'"}


class RunReader(Protocol):
    """What the pages read; answers are the JSON of the Jobs API."""

    def get_run(self, run_id: int) -> dict[str, Any]:
        """One run, or one task's run."""

    def newest_runs(self, limit: int = 25, offset: int = 0) -> list[dict[str, Any]]:
        """Runs, newest first."""

    def get_output(self, run_id: int) -> dict[str, Any]:
        """Output of a task's run."""

    def task_folder(self, task_run_id: int) -> Path:
        """Run folder of a task's run."""


def router(jobs: RunReader, hosts: frozenset[str]) -> APIRouter:
    """The pages over these runs, for requests to these hosts."""
    pages = _templates()
    routes = APIRouter(dependencies=[Depends(_only_from(hosts))])

    @routes.get("/", response_class=HTMLResponse)
    def index(offset: Offset = 0) -> str:
        runs = jobs.newest_runs(PAGE, offset)
        return pages.get_template("index.html").render(runs=runs, offset=offset, page=PAGE)

    @routes.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in STATIC:
            raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"/static/{name} does not exist")
        return Response((TEMPLATES / name).read_text(encoding="utf-8"), media_type=STATIC[name])

    @routes.get("/runs/{run_id}", response_class=HTMLResponse)
    def run_page(run_id: Int64) -> Response:
        run = jobs.get_run(run_id)
        if run.get("job_run_id"):
            return RedirectResponse(f"/runs/{run['job_run_id']}#task-{run_id}")
        tasks = [_task(jobs, task) for task in run["tasks"]]
        last = list({task["task_key"]: task for task in run["tasks"]}.values())
        drawing = graph.svg(last, {task["task_key"]: views.state(task) for task in last})
        page = pages.get_template("run.html")
        return HTMLResponse(page.render(run=run, tasks=tasks, graph=drawing, states=",".join(_states(run))))

    @routes.get("/runs/{run_id}/state")
    def run_state(run_id: Int64) -> dict[str, Any]:
        run = jobs.get_run(run_id)
        return {"done": views.is_done(run), "states": _states(run)}

    @routes.get("/runs/{task_run_id}/log")
    def log(task_run_id: Int64, offset: Offset = 0) -> JSONResponse:
        text, end = _log_from(jobs.task_folder(task_run_id) / "output.log", offset)
        return JSONResponse({"text": text, "offset": end})

    @routes.get("/runs/{task_run_id}/notebook")
    def notebook(task_run_id: Int64) -> HTMLResponse:
        file = jobs.task_folder(task_run_id) / "notebook.html"
        if not file.exists():
            raise ApiError(
                404, "RESOURCE_DOES_NOT_EXIST", f"run {task_run_id} has no executed notebook (yet)"
            )
        return HTMLResponse(file.read_text(encoding="utf-8"), headers=SANDBOX)

    return routes


def _only_from(hosts: frozenset[str]) -> Callable[[Request], Awaitable[None]]:
    async def check(request: Request) -> None:
        host = request.url.hostname or ""
        if host not in hosts:
            raise ApiError(
                403, "PERMISSION_DENIED", f"host {host!r} is not this workspace; use {sorted(hosts)[0]}"
            )

    return check


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("localbricks.pages"), autoescape=select_autoescape(), trim_blocks=True
    )
    environment.filters |= {
        name: getattr(views, name)
        for name in (
            "state",
            "message",
            "started",
            "duration",
            "task_type",
            "compute",
            "parameters",
            "is_done",
        )
    }
    return environment


def _states(run: dict[str, Any]) -> list[str]:
    """The states of the run and of its tasks."""
    return [views.state(run), *(views.state(task) for task in run.get("tasks", []))]


def _task(jobs: RunReader, task: dict[str, Any]) -> dict[str, Any]:
    """The task with its log, error and whether it has a notebook to show."""
    try:
        folder = jobs.task_folder(task["run_id"])
    except ApiError:
        return {**task, "log": "", "log_offset": 0, "has_notebook": False, "output": {}}
    text, end = _log_from(folder / "output.log", 0)
    output = jobs.get_output(task["run_id"]) if views.is_done(task) else {}
    is_notebook = (folder / "notebook.html").exists()
    return {**task, "log": text, "log_offset": end, "has_notebook": is_notebook, "output": output}


def _log_from(file: Path, offset: int) -> tuple[str, int]:
    """Text from a byte on, and where the next part begins; of a long log the end."""
    if not file.exists():
        return "", 0
    size = file.stat().st_size
    begin = max(offset, size - LOG_CHUNK)
    with file.open("rb") as stream:
        stream.seek(begin)
        content = stream.read(LOG_CHUNK)
    return content.decode("utf-8", "replace"), begin + len(content)
