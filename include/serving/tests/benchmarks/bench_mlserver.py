"""CPU of the server for a request, and requests a second, against MLServer 1.7.1 with the same booster, in one run.

Beside it the ONNX model without metrics, with a token, with a log of every request, and by the general way: the same
request whose address has an escaped letter, which is nothing for the callback that parses it.

`python tests/benchmarks/bench_mlserver.py` takes about four minutes, and the first time installs MLServer into an
environment of its own. One row of 20 features, 100 trees, as one FP32 tensor of JSON. MLServer scores in its HTTP
process (`parallel_workers: 0`), which is the cheapest that it can. CPU is that of all processes of a server, from
/proc/PID/stat. The rounds take turns; medians of 3.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["SCORER_TOKEN"] = "asking"

import httpx  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from oipscorer.conversion.folders import to_onnx  # noqa: E402
from oipscorer_testing.environments import python_with  # noqa: E402
from oipscorer_testing.load import load, rendered  # noqa: E402
from oipscorer_testing.models import save, trained  # noqa: E402
from oipscorer_testing.processes import cpu_seconds  # noqa: E402
from oipscorer_testing.server import INFER, Server  # noqa: E402

FEATURES, TREES, ROUNDS = 20, 100, 3
REQUESTS = {"MLServer": 300}  # of the others as many as take about as long
MANY = 2_000
MLSERVER = ("mlserver==1.7.1", "mlserver-xgboost==1.7.1", "xgboost==3.2.0")
PORT = 18_080
VARIABLE, TOKEN = "SCORER_TOKEN", os.environ["SCORER_TOKEN"]


@contextmanager
def mlserver(folder: Path) -> Iterator[tuple[str, int]]:
    """Its address and process, serving the booster in a folder as churn."""
    place = folder / "mlserver"
    place.mkdir()
    (place / "settings.json").write_text(
        json.dumps(
            {"http_port": PORT, "grpc_port": PORT + 1, "metrics_port": PORT + 2, "parallel_workers": 0}
        )
    )
    settings = {
        "name": "churn",
        "implementation": "mlserver_xgboost.XGBoostModel",
        "parameters": {"uri": str(folder / "model.ubj")},
    }
    (place / "model-settings.json").write_text(json.dumps(settings))
    python = python_with("mlserver", *MLSERVER)
    process = subprocess.Popen(
        [str(python.with_name("mlserver")), "start", str(place)],
        stdout=subprocess.DEVNULL,
        stderr=(place / "log").open("w"),
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        _wait(f"http://127.0.0.1:{PORT}", process, place / "log")
        yield f"http://127.0.0.1:{PORT}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(address + "/v2/models/churn/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def measured(address: str, pid: int, request: bytes, connections: int, requests: int) -> tuple[float, float]:
    """Microseconds of CPU a request, and requests a second."""
    load(address, request, connections, requests // 10)
    before = cpu_seconds(pid)
    seconds = load(address, request, connections, requests)
    return 1e6 * (cpu_seconds(pid) - before) / requests, requests / seconds


def compared(
    servers: dict[str, tuple[str, int]], requests: dict[str, bytes], connections: int
) -> dict[str, Any]:
    """Medians of both by the name of the server."""
    rounds = [
        {
            name: measured(*server, requests.get(name, requests[""]), connections, REQUESTS.get(name, MANY))
            for name, server in servers.items()
        }
        for _ in range(ROUNDS)
    ]
    return {
        name: [statistics.median(round_[name][which] for round_ in rounds) for which in (0, 1)]
        for name in servers
    }


def main() -> None:
    random = np.random.default_rng(0)
    data = pd.DataFrame(random.normal(size=(2_000, FEATURES)), columns=[f"f{n}" for n in range(FEATURES)])
    values = data.head(1).to_numpy("float32")
    tensor = {"name": "input-0", "shape": [1, FEATURES], "datatype": "FP32", "data": values.ravel().tolist()}
    content, kind = json.dumps({"inputs": [tensor]}).encode(), "content-type: application/json"
    requests = {
        "": rendered(INFER, content, kind),
        "ONNX, general way": rendered(INFER.replace("churn", "%63hurn"), content, kind),
        "ONNX, token": rendered(INFER, content, kind, f"authorization: Bearer {TOKEN}"),
    }
    with tempfile.TemporaryDirectory() as place:
        folder = save(trained(data, trees=TREES), Path(place) / "model", data.head(5))
        to_onnx(folder, Path(place) / "onnx")
        model = ("--model", f"churn={place}/onnx")
        ours = {
            "XGBoost": Server("--model", f"churn={folder}"),
            "ONNX": Server(*model),
            "ONNX, general way": Server(*model),
            "ONNX, no metrics": Server(*model, "--no-metrics"),
            "ONNX, token": Server(*model, "--token-variable", VARIABLE),
            "ONNX, log": Server(*model, "--log", f"{place}/log"),
        }
        with mlserver(folder) as beside:
            servers = {"MLServer": beside} | {n: (s.address, s.process.pid) for n, s in ours.items()}
            for connections in (1, 16):
                told(compared(servers, requests, connections), connections)
        for server in ours.values():
            server.close()


def told(medians: dict[str, Any], connections: int) -> None:
    cpu, rate = medians["MLServer"]
    for name, (own_cpu, own_rate) in medians.items():
        print(
            f"{connections:2} connections  {name:17} {own_cpu:6.0f} us of CPU ({cpu / own_cpu:4.1f} times less)  "
            f"{own_rate:6.0f} requests a second ({own_rate / rate:4.1f} times as many)",
            flush=True,
        )


if __name__ == "__main__":
    main()
