"""Health and metadata: what a client may ask before it sends anything to score."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import __version__
from ..models.version import Version
from ..protocol.answers import encode
from ..protocol.outputs import PREDICT
from ..repository.repository import Repository
from ..repository.served import ServedModel

EXTENSIONS = ["binary_tensor_data", "model_repository", "model_repository_traffic", "reasons"]


def json_response(content: Any, status: int = 200) -> Response:
    """A JSON answer by msgspec."""
    return Response(encode(content), status, media_type="application/json")


class Pages:
    """The protocol's GET endpoints; `draining` turns readiness off."""

    def __init__(self, repository: Repository) -> None:
        self.repository, self.draining = repository, False

    def routes(self) -> list[Route]:
        """Paths as the protocol has them."""
        model = "/v2/models/{name}"
        return [
            Route("/v2", self.server),
            Route("/v2/health/live", self.live),
            Route("/v2/health/ready", self.ready),
            *(Route(path, self.metadata) for path in (model, model + "/versions/{version}")),
            *(
                Route(path, self.model_ready)
                for path in (model + "/ready", model + "/versions/{version}/ready")
            ),
        ]

    async def server(self, request: Request) -> Response:
        return json_response({"name": "oipscorer", "version": __version__, "extensions": EXTENSIONS})

    async def live(self, request: Request) -> Response:
        return json_response({"live": True})

    def is_ready(self) -> bool:
        """Whether clients may send requests."""
        return self.repository.ready() and not self.draining

    async def ready(self, request: Request) -> Response:
        ready = self.is_ready()
        return json_response({"ready": ready}, 200 if ready else 503)

    async def metadata(self, request: Request) -> Response:
        return json_response(self.described(request.path_params["name"], request.path_params.get("version")))

    def described(self, name: str, number: str | None) -> dict[str, Any]:
        """The metadata of a version, or of the one with the largest weight. Raises RefusedError (404, 503)."""
        model = self.repository.model(name)
        return described(model, model.main() if number is None else model.version(number))

    async def model_ready(self, request: Request) -> Response:
        name, number = request.path_params["name"], request.path_params.get("version")
        ready = self.is_model_ready(name, number)
        return json_response({"name": name, "ready": ready}, 200 if ready else 503)

    def is_model_ready(self, name: str, number: str | None) -> bool:
        """Whether a version is ready, or any takes traffic. Raises RefusedError (404) where it is unknown."""
        model = self.repository.model(name)
        if number is None:
            return model.route is not None
        model.require(number)
        return number in model.ready


def described(model: ServedModel, version: Version) -> dict[str, Any]:
    """``$metadata_model_response``; the features of different versions may differ."""
    columns = version.features.columns
    output = [-1] if version.engine.classes is None else [-1, version.engine.classes]
    return {
        "name": model.name,
        "versions": list(model.ready),
        "platform": version.engine.platform,
        "inputs": [{"name": c.name, "datatype": c.datatype, "shape": [-1]} for c in columns],
        "outputs": [{"name": PREDICT, "datatype": "FP32", "shape": output}],
    }
