"""How long a rollback, one change of traffic, takes until it holds in two workers, idle and under load.

`python tests/benchmarks/bench_rollback.py` takes about 20 s. Two clients ask for one row as fast as they can, each
over its own connection; each answer between two changes must be of the version that has the weight. Medians and maxima
of 50.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

import httpx  # noqa: E402

from oipscorer_testing import models  # noqa: E402
from oipscorer_testing.requests import by_column  # noqa: E402
from oipscorer_testing.server import INFER, Server  # noqa: E402

CHANGES, CLIENTS = 50, 2


def rollbacks(server: Server) -> list[float]:
    """Milliseconds of each."""
    took = []
    for turn in range(CHANGES):
        started = time.perf_counter()
        done = server.direct({"12"[turn % 2]: 100})
        took.append(1e3 * (time.perf_counter() - started))
        assert done.status_code == 200, done.text
        assert server.infer(CONTENT).json()["model_version"] == "12"[turn % 2]
    return took


def ask(address: str, over: Event, answered: list[int]) -> None:
    with httpx.Client(base_url=address, timeout=30) as http:
        while not over.is_set():
            answered.append(http.post(INFER, json=CONTENT).status_code)


def told(name: str, took: list[float]) -> None:
    print(f"{name:12} median {statistics.median(took):6.1f} ms, longest {max(took):6.1f} ms of {len(took)}")


CONTENT = by_column(models.frame(1))


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        for number in (1, 2):
            models.saved(Path(place) / str(number), seed=number)
        versions = [part for n in "12" for part in ("--model", f"churn={place}/{n}@{n}")]
        server = Server(*versions, "--workers", "2", "--state", f"{place}/state")
        told("idle", rollbacks(server))
        over, answered = Event(), [list[int]() for _ in range(CLIENTS)]
        clients = [Thread(target=ask, args=(server.address, over, mine)) for mine in answered]
        for client in clients:
            client.start()
        told("under load", rollbacks(server))
        over.set()
        for client in clients:
            client.join()
        server.close()
    statuses = [status for mine in answered for status in mine]
    print(f"{len(statuses)} requests meanwhile, {sum(status != 200 for status in statuses)} of them failed")


if __name__ == "__main__":
    main()
