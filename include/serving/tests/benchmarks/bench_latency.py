"""Latency at 50 and 90 % of capacity, open loop, with canary, shadow, metrics and log on against off.

`python tests/benchmarks/bench_latency.py [WORKERS]` takes about two minutes. One row of 20 features, 100 trees.
Capacity is what 16 connections get answered by the plain server; then requests arrive at fixed times, and their latency
counts from when they were due. The forms take turns; medians of 3 rounds. CPU is that of all processes of
the server.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from oipscorer_testing.models import save, trained  # noqa: E402
from oipscorer_testing.openloop import capacity, latencies, posted  # noqa: E402
from oipscorer_testing.processes import cpu_seconds  # noqa: E402
from oipscorer_testing.requests import as_matrix  # noqa: E402
from oipscorer_testing.server import INFER, Server  # noqa: E402

FEATURES, TREES, ROUNDS, SECONDS = 20, 100, 3, 3.0
LOADS = (0.5, 0.9)
Figures = dict[str, float]
Split = tuple[dict[str, int], list[str]]  # weights and shadows
PLAIN: Split = ({"1": 100}, [])
CANARY: Split = ({"1": 90, "2": 10}, [])
SHADOW: Split = ({"1": 100}, ["2"])


def measured(server: Server, request: bytes, most: float) -> Figures:
    """Milliseconds, and microseconds of CPU a request."""
    figures = {}
    for load in LOADS:
        before = cpu_seconds(server.process.pid)
        took = latencies(server.address, request, load * most, SECONDS)
        figures[f"p50 at {load:.0%}"] = 1e3 * took[len(took) // 2]
        figures[f"p99 at {load:.0%}"] = 1e3 * took[len(took) * 99 // 100]
        figures[f"us CPU at {load:.0%}"] = 1e6 * (cpu_seconds(server.process.pid) - before) / len(took)
    return figures


def main() -> None:
    workers = sys.argv[1] if len(sys.argv) > 1 else "1"
    random = np.random.default_rng(0)
    data = pd.DataFrame(random.normal(size=(2_000, FEATURES)), columns=[f"f{n}" for n in range(FEATURES)])
    with tempfile.TemporaryDirectory() as place:
        models = ["--workers", workers]
        for number in "12":
            folder = save(trained(data, trees=TREES, seed=int(number)), Path(place) / number, data.head(5))
            models += ["--model", f"churn={folder}@{number}"]
        on, off = Server(*models), Server(*models, "--no-metrics")
        logging = Server(*models, "--log", f"{place}/log")
        forms = {"plain": (on, PLAIN), "without metrics": (off, PLAIN), "with log": (logging, PLAIN)}
        forms |= {"canary of 10 %": (on, CANARY), "shadow": (on, SHADOW)}
        request = posted(INFER, as_matrix(data.head(1)))
        most = statistics.median(capacity(on.address, request, SECONDS) for _ in range(ROUNDS))
        print(f"{workers} workers, capacity {most:.0f} requests a second")
        told(rounds(forms, request, most))
        for server in (on, off, logging):
            server.close()


def rounds(
    forms: dict[str, tuple[Server, tuple[dict[str, int], list[str]]]], request: bytes, most: float
) -> dict[str, list[Figures]]:
    """Figures of each form and round."""
    found: dict[str, list[Figures]] = {name: [] for name in forms}
    for _ in range(ROUNDS):
        for name, (server, traffic) in forms.items():
            assert server.direct(*traffic).status_code == 200
            found[name].append(measured(server, request, most))
    return found


def told(found: dict[str, list[Figures]]) -> None:
    """Medians of each form, and their ratio to the plain one."""
    medians = {
        name: {figure: statistics.median(one[figure] for one in each) for figure in each[0]}
        for name, each in found.items()
    }
    for name, figures in medians.items():
        parts = (
            f"{figure} {value:.2f} (x{value / medians['plain'][figure]:.2f})"
            for figure, value in figures.items()
        )
        print(f"{name:16} {', '.join(parts)}")


if __name__ == "__main__":
    main()
