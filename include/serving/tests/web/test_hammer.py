"""Loads, unloads and changes of traffic while requests run: none of them fails."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import numpy as np
import xgboost as xgb

from oipscorer_testing.models import expected, frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import INFER, Server

ROWS = frame(3, seed=5)
CLIENTS, ROUNDS = 3, 2


def test_no_request_fails_while_versions_come_and_go(
    start: Callable[..., Server], folders: Path, boosters: dict[str, xgb.Booster]
) -> None:
    server = start("--model", f"churn={folders}/churn-1@1", "--root", str(folders), "--workers", "2")
    right = {number: expected(boosters[f"churn-{number}"], ROWS) for number in "12"}
    over = Event()

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(hammer, server.address, right, over) for _ in range(CLIENTS)]
        try:
            for _ in range(ROUNDS):
                there_and_back(server, folders)
        finally:
            over.set()

    answered = sum((done.result() for done in running), Counter[str]())
    assert set(answered) == {"1", "2"}, answered


def there_and_back(server: Server, folders: Path) -> None:
    """From version 1 to 2, with 1 unloaded, and back; a corrupt load in between."""
    steps = [
        server.load("churn", folder=f"{folders}/churn-2", version="2"),
        server.direct({"1": 50, "2": 50}),
        server.direct({"2": 100}, shadows=["1"]),
        server.direct({"2": 100}),
        server.unload("churn", version="1"),
        server.load("churn", version="1"),
        server.direct({"1": 100}),
        server.unload("churn", version="2"),
    ]
    assert [step.status_code for step in steps] == [200] * len(steps), [step.text for step in steps]


def hammer(address: str, right: dict[str, np.ndarray], over: Event) -> Counter[str]:
    """Asks until it is over; each answer must be the one of the version that it names."""
    answered: Counter[str] = Counter()
    with httpx.Client(base_url=address, timeout=30) as http:
        while not over.is_set():
            done = http.post(INFER, json=by_column(ROWS))
            assert done.status_code == 200, done.text
            version = done.json()["model_version"]
            assert np.array_equal(np.float32(done.json()["outputs"][0]["data"]), right[version])
            answered[version] += 1
    return answered
