"""Microseconds of CPU a request of one row costs, against MLflow's pyfunc of the same model in its own process.

`python tests/benchmarks/bench_infer.py` takes about 10 s. The server's CPU, that of all its processes, is read
before and after 1,000 requests of one client on one connection; that of pyfunc is its process time for a DataFrame that
is there already, so that it has neither HTTP nor JSON to do. The rounds take turns; medians of 3.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import mlflow.pyfunc  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from oipscorer_testing.models import save, trained  # noqa: E402
from oipscorer_testing.processes import cpu_seconds  # noqa: E402
from oipscorer_testing.requests import as_matrix, by_column  # noqa: E402
from oipscorer_testing.server import INFER, Server  # noqa: E402

FEATURES, TREES, REQUESTS, CALLS, ROUNDS = 20, 100, 1_000, 200, 3


def served(server: Server, content: dict[str, Any]) -> float:
    """Microseconds of the server's CPU for a request."""
    before = cpu_seconds(server.process.pid)
    for _ in range(REQUESTS):
        assert server.http.post(INFER, json=content).status_code == 200
    return 1e6 * (cpu_seconds(server.process.pid) - before) / REQUESTS


def by_pyfunc(model: Any, row: pd.DataFrame) -> float:
    """Microseconds of this process's CPU for a prediction."""
    before = time.process_time()
    for _ in range(CALLS):
        model.predict(row)
    return 1e6 * (time.process_time() - before) / CALLS


def main() -> None:
    random = np.random.default_rng(0)
    data = pd.DataFrame(random.normal(size=(2_000, FEATURES)), columns=[f"f{n}" for n in range(FEATURES)])
    with tempfile.TemporaryDirectory() as place:
        folder = save(trained(data, trees=TREES), Path(place) / "model", data.head(5))
        server, model, row = (
            Server("--model", f"churn={folder}"),
            mlflow.pyfunc.load_model(str(folder)),
            data.head(1),
        )
        forms = {"a tensor": as_matrix(row), f"{FEATURES} tensors": by_column(row)}
        rounds = [
            {name: served(server, form) for name, form in forms.items()} | {"pyfunc": by_pyfunc(model, row)}
            for _ in range(ROUNDS)
        ]
        server.close()
    medians = {name: statistics.median(round_[name] for round_ in rounds) for name in rounds[0]}
    for name, cost in medians.items():
        print(f"{name:12} {cost:7.0f} us of CPU, pyfunc takes {medians['pyfunc'] / cost:.1f} times as much")


if __name__ == "__main__":
    main()
