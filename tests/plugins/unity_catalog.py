"""A Unity Catalog model registry over HTTP; its answers are made of MLflow's own protos."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

from mlflow.protos.databricks_uc_registry_messages_pb2 import (
    GetModelVersionResponse,
    GetRegisteredModelResponse,
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    SearchModelVersionsResponse,
)
from mlflow.utils.proto_json_utils import message_to_json

PER_PAGE = 2


class UnityCatalog(ThreadingHTTPServer):
    """One registered model. Searches leave out tags and come in pages, as those of a workspace."""

    def __init__(self, model: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.model = RegisteredModel(name=model)
        self.versions: list[ModelVersion] = []
        self.authorizations: set[str] = set()

    def add(self, run_id: str, **tags: str) -> None:
        found = [ModelVersionTag(key=key, value=value) for key, value in tags.items()]
        number = str(len(self.versions) + 1)
        self.versions.append(ModelVersion(name=self.model.name, version=number, run_id=run_id, tags=found))

    def champion(self, version: str) -> None:
        self.model.aliases.append(RegisteredModelAlias(alias="champion", version=version))

    def answer(self, path: str, asked: dict[str, Any]) -> Any:
        match path.removeprefix("/api/2.0/mlflow/unity-catalog/"):
            case "model-versions/search":
                return self._page(int(asked.get("page_token") or 0))
            case "model-versions/get":
                return GetModelVersionResponse(model_version=self.versions[int(asked["version"]) - 1])
            case "registered-models/get":
                return GetRegisteredModelResponse(registered_model=self.model)
        raise KeyError(path)

    def _page(self, first: int) -> Any:
        shown = []
        for version in self.versions[first : first + PER_PAGE]:
            without = ModelVersion()
            without.CopyFrom(version)
            without.ClearField("tags")
            shown.append(without)
        more = first + PER_PAGE < len(self.versions)
        return SearchModelVersionsResponse(
            model_versions=shown, next_page_token=str(first + PER_PAGE) if more else ""
        )


class Handler(BaseHTTPRequestHandler):
    server: UnityCatalog

    def do_GET(self) -> None:
        url = urlparse(self.path)
        asked: dict[str, Any] = {name: values[0] for name, values in parse_qs(url.query).items()}
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = message_to_json(
                self.server.answer(url.path, asked | (json.loads(sent) if sent else {}))
            ).encode()
        except KeyError:  # databricks-sdk looks for addresses that an old workspace does not have
            self.send_error(404)
            return
        self.server.authorizations.add(str(self.headers["Authorization"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def unity_catalog(model: str) -> Iterator[UnityCatalog]:
    """A registry that answers until the context is left."""
    server = UnityCatalog(model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
