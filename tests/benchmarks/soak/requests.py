"""Asks the scorer at a pace, in an open loop, as a client does that asks again while nobody answers."""

import itertools
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import numpy as np

PATIENCE = 30.0
PAUSE = 0.05
THREADS = 16
ROWS = 500


@dataclass(frozen=True)
class Asked:
    """One request.

    Args:
        due: when it was to be sent, seconds since 1970.
        seconds: from then until it was answered with a score, waiting in the client included.
        again: how often it was asked again.
        version: that answered; empty where nobody did.
    """

    due: float
    seconds: float
    again: int
    version: str
    why: str = ""


@dataclass
class Client:
    """Sends one row at a time, by turns of `rows`."""

    url: str
    model: str
    rows: list[list[float | None]]
    names: list[str]
    answers: list[Asked] = field(default_factory=list)
    _local: threading.local = field(default_factory=threading.local)

    @classmethod
    def of(cls, url: str, model: str) -> "Client":
        """Of a model that is served; rows of random values."""
        with urlopen(f"{url}/v2/models/{quote(model)}") as answer:
            names = [tensor["name"] for tensor in json.loads(answer.read())["inputs"]]
        rows = np.random.default_rng(0).gamma(1.0, 20.0, (ROWS, len(names))).round(3)
        return cls(url, model, rows.tolist(), names)

    def ask(self, per_second: float, until: float) -> None:
        """Until then; requests that are due are sent whether or not earlier ones were answered."""
        began = time.time()
        with ThreadPoolExecutor(THREADS) as pool:
            for number in itertools.count():
                due = began + number / per_second
                if due >= until:
                    return
                time.sleep(max(0.0, due - time.time()))
                pool.submit(self._one, number, due)

    def _one(self, number: int, due: float) -> None:
        again, version, why = 0, "", ""
        while not version and time.time() < due + PATIENCE:
            try:
                version = self._answer(number)
            except (HTTPException, OSError, RuntimeError) as error:
                why, again = f"{type(error).__name__}: {error}"[:200], again + 1
                self._local.connection = None
                time.sleep(PAUSE)
        self.answers.append(Asked(due, time.time() - due, again, version, why))

    def _answer(self, number: int) -> str:
        connection: HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        path = f"/v2/models/{quote(self.model)}/infer"
        connection.request("POST", path, self._body(number), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said.decode(errors='replace')}")
        return str(json.loads(said)["model_version"])

    def _body(self, number: int) -> bytes:
        row = self.rows[number % len(self.rows)]
        inputs: list[Mapping[str, Any]] = [
            {"name": name, "datatype": "FP64", "shape": [1], "data": [value]}
            for name, value in zip(self.names, row, strict=True)
        ]
        parameters = {"sticky_key": f"C{number % 5000}"}
        return json.dumps({"inputs": inputs, "parameters": parameters}).encode()
