"""A real scorer that follows a real registry, with the load of its clients."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import mlflow
import numpy as np
import pandas as pd
import xgboost as xgb
from mlflow.tracking import MlflowClient

SERVING = Path(__file__).resolve().parents[5] / "include" / "serving"  # this checkout's, installed or not
MODEL = "payments"
COLUMNS = ["amount", "count", "distance"]


class Registry:
    """An MLflow server on SQLite."""

    def __init__(self, folder: Path, model: str = MODEL) -> None:
        self.model = model
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{port}"
        options = [
            "--backend-store-uri",
            f"sqlite:///{folder}/mlflow.db",
            "--workers",
            "1",
            "--port",
            str(port),
        ]
        options += ["--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1"]
        environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        command = [sys.executable, "-m", "mlflow", "server", *options]
        log = (folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        until(lambda: _answers(f"{self.uri}/health"), (folder / "log"))
        self.client = MlflowClient(self.uri, self.uri)

    def register(self, model: xgb.Booster, met: str = "none", wrong: float = 0.0) -> str:
        """A version that passed the gate when `met` was champion, with its examples; its number.

        `wrong` is added to the answers that are recorded, so that no scorer takes it.
        """
        mlflow.set_tracking_uri(self.uri)
        rows = rows_of(5, seed=3, columns=model.feature_names or COLUMNS)
        answers = model.predict(xgb.DMatrix(rows)) + wrong
        given: dict[str, Any] = {
            "input_example": rows,
            "signature": mlflow.models.infer_signature(rows, answers),
            "metadata": {"example_answers": answers.tolist()},
            "pip_requirements": ["xgboost"],
        }
        with mlflow.start_run(experiment_id="0"):  # another test may have left one of its own server
            made = mlflow.xgboost.log_model(model, name="model", registered_model_name=self.model, **given)
        number = str(made.registered_model_version)
        tags = {
            "validation_status": "passed",
            "compared_with_champion": met,
            "holdout_policy": "last 9 periods",
        }
        for name, value in tags.items():
            self.client.set_model_version_tag(self.model, number, name, value)
        return number

    def alias(self, alias: str, version: str) -> None:
        """Points an alias to a version."""
        self.client.set_registered_model_alias(self.model, alias, version)


@contextmanager
def scorer(folder: Path, registry: str, model: str = MODEL) -> Iterator[str]:
    """Its address, once it listens."""
    command = [
        sys.executable,
        "-m",
        "oipscorer",
        "--port",
        "0",
        "--workers",
        "1",
        "--state",
        str(folder / "state"),
    ]
    command += ["--mlflow", registry, "--registered", model, "--aliases", "champion,challenger,previous"]
    command += ["--poll-seconds", "1", "--drain-seconds", "0"]
    log = (folder / "scorer.log").open("wb")
    process = subprocess.Popen(command, cwd=SERVING, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "scorer.log").read_text()
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait(30)


class Load:
    """Clients that ask all the time until it is left; a key asks once, so that requests are independent."""

    def __init__(self, address: str, clients: int = 2, rows: int = 1, model: str = MODEL) -> None:
        self._path = f"/v2/models/{model}/infer"
        self._address, self._rows, self._over = address, rows, Event()
        self.statuses: Counter[int] = Counter()
        self.answered_by: Counter[str] = Counter()
        self.failed: list[str] = []
        self._threads = [Thread(target=self._ask, args=(number,), daemon=True) for number in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, number: int) -> None:
        requests = [_request(self._rows, 1000 * number + place) for place in range(200)]
        with httpx.Client(base_url=self._address, timeout=30) as http:
            for turn in count():
                if self._over.is_set():
                    return
                key = {"sticky_key": f"{number}-{turn}"}
                self._one(http, requests[turn % len(requests)] | {"parameters": key})

    def _one(self, http: httpx.Client, request: dict[str, Any]) -> None:
        try:
            answer = http.post(self._path, json=request)
        except httpx.TransportError as error:
            self.failed.append(repr(error))
            return
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.answered_by[answer.json()["model_version"]] += 1
        else:
            self.failed.append(answer.text)


def rows_of(count: int, seed: int, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """What is known of payments."""
    values = np.random.default_rng(seed).lognormal(0, 1, (count, len(columns)))
    return pd.DataFrame(values, columns=list(columns))


def booster(
    seed: int = 0, trees: int = 20, depth: int = 3, base: float = 0.0, columns: Sequence[str] = COLUMNS
) -> xgb.Booster:
    """`base` moves all its scores (log odds); `trees` make it slow; more `columns` are in no request."""
    rows = rows_of(2000, 1, columns)
    label = np.random.default_rng(seed).random(len(rows)) < 0.3 / (1 + np.exp(2 - rows["amount"]))
    options = {
        "objective": "binary:logistic",
        "max_depth": depth,
        "nthread": 1,
        "seed": seed,
        "eta": 2 / trees,
    }
    matrix = xgb.DMatrix(rows, label=label, base_margin=np.full(len(rows), -2.0))
    made = xgb.train(options | {"base_score": float(1 / (1 + np.exp(2 - base)))}, matrix, trees)
    return made


def until(holds: Any, log: Path, seconds: float = 240) -> None:
    """Waits for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, log.read_text()[-2000:]
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def _request(rows_of_it: int, seed: int) -> dict[str, Any]:
    rows = rows_of(rows_of_it, seed)
    tensors = [
        {"name": name, "shape": [rows_of_it], "datatype": "FP64", "data": rows[name].tolist()}
        for name in COLUMNS
    ]
    return {"inputs": tensors}
