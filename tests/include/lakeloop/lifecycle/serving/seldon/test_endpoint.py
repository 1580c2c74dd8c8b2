"""kubectl is told what to apply, and Seldon's conditions are read. A stand-in keeps the objects in files."""

import json
import stat
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from lakeloop.config.serving import SeldonServing
from lakeloop.lifecycle.serving.endpoint import EndpointError, Traffic
from lakeloop.lifecycle.serving.readiness import Changing
from lakeloop.lifecycle.serving.registered import KnownChampion
from lakeloop.lifecycle.serving.seldon.endpoint import SeldonEndpoint
from lakeloop.lifecycle.serving.seldon.kubectl import Kubectl

STAND_IN = """#!{python}
import json, sys
from pathlib import Path
import yaml
folder = Path({folder!r})
words = sys.argv[1:]
assert words[:4] == ["--context", "prod", "--namespace", "ml"], words
words = words[4:]
def load(file): return json.loads(file.read_text())
if words == ["apply", "-f", "-"]:
    for one in yaml.safe_load_all(sys.stdin):
        file = folder / (one["kind"].lower() + "-" + one["metadata"]["name"])
        status = {{"conditions": [{{"type": "Ready", "status": "True"}}]}}
        if (folder / "refuse").exists() and one["kind"] == "Model":
            status = {{"conditions": [
                {{"type": "Ready", "status": "False", "reason": "ModelFailed", "message": "no such bucket"}}
            ]}}
        file.write_text(json.dumps(one | {{"status": status}}))
elif words[:2] == ["get", "experiment"]:
    file = folder / ("experiment-" + words[2])
    print(file.read_text() if file.exists() else "")
elif words[:2] == ["get", "models"]:
    items = [load(file) for file in sorted(folder.glob("model-*"))]
    key, _, value = words[3].partition("=")
    print(json.dumps({{"items": [one for one in items if one["metadata"]["labels"].get(key) == value]}}))
else:
    sys.exit("error: the server doesn't have a resource type")
"""


class Gateway(BaseHTTPRequestHandler):
    """Answers as Seldon's gateway does: the model's name carries its generation."""

    asked: list[tuple[str, str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, str(self.headers["Seldon-Model"]), body))
        said = json.dumps({"model_name": "prod-fraud-4_1", "outputs": []}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Zeros(KnownChampion):
    """Knows the columns, too."""

    def row(self, version: str) -> dict[str, Any]:
        return {"amount": 0, "member": False}


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """The folder of the stand-in's objects."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    program = tmp_path / "kubectl"
    program.write_text(STAND_IN.format(python=sys.executable, folder=str(folder)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def endpoint(cluster: Path, gateway: str) -> SeldonEndpoint:
    settings = SeldonServing(
        kind="seldon", namespace="ml", models="s3://lake/models", context="prod", address=gateway
    )
    kubectl = Kubectl(settings, str(cluster.parent / "kubectl"))
    return SeldonEndpoint(settings, "prod-fraud", "prod.fraud_ml.fraud", Zeros("3"), kubectl)


def test_the_first_version_takes_all_and_the_next_is_loaded_beside_it(endpoint: SeldonEndpoint) -> None:
    assert isinstance(endpoint, Changing)
    with pytest.raises(EndpointError, match="no Experiment prod-fraud yet"):
        endpoint.traffic()
    assert endpoint.readiness().state == "updating"
    endpoint.begin("3")
    assert endpoint.readiness().state == "ready"
    assert endpoint.traffic() == Traffic({"3": 100})
    endpoint.begin("4")
    assert endpoint.traffic() == Traffic({"3": 100})
    endpoint.set_traffic(Traffic({"3": 95, "4": 5}, ("5",)))
    assert endpoint.traffic() == Traffic({"3": 95, "4": 5}, ("5",))
    endpoint.follow_champion()
    assert endpoint.traffic() == Traffic({"3": 100})


def test_who_answers_is_asked_through_the_gateway(endpoint: SeldonEndpoint) -> None:
    endpoint.set_traffic(Traffic({"4": 100}))
    Gateway.asked.clear()
    assert endpoint.answering() == "4"
    ((path, model, body),) = Gateway.asked
    assert (path, model) == ("/v2/models/prod-fraud.experiment/infer", "prod-fraud.experiment")
    assert [tensor["datatype"] for tensor in body["inputs"]] == ["FP64", "BOOL"]


def test_a_model_that_fails_is_named_with_seldons_reason(endpoint: SeldonEndpoint, cluster: Path) -> None:
    (cluster / "refuse").touch()
    endpoint.begin("3")
    now = endpoint.readiness()
    assert now.state == "failed"
    assert now.said == "Model prod-fraud-3: ModelFailed, no such bucket"
    with pytest.raises(EndpointError, match="no such bucket"):
        endpoint.set_traffic(Traffic({"3": 100}))


def test_what_is_not_there_is_said(endpoint: SeldonEndpoint, cluster: Path) -> None:
    with pytest.raises(EndpointError, match=r"leaves_out: \[judgement\]"):
        endpoint.observations()
    with pytest.raises(EndpointError, match="one mirror"):
        endpoint.set_traffic(Traffic({"3": 100}, ("4", "5")))
    plain = SeldonServing(kind="seldon", models="s3://lake/models")
    with pytest.raises(EndpointError, match=r"rendered .* and not applied"):
        SeldonEndpoint(plain, "prod-fraud", "m", Zeros("3")).begin("3")
    (cluster.parent / "kubectl").unlink()
    with pytest.raises(EndpointError, match="kubectl"):
        endpoint.traffic()
