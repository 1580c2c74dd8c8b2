"""The local scorer, by HTTP: Open Inference Protocol v2 with its repository extension, traffic and metrics."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from lakeloop.lifecycle.aliases import CHAMPION
from lakeloop.lifecycle.serving.endpoint import EndpointError, Traffic
from lakeloop.lifecycle.serving.exposition import Sample, histogram, samples
from lakeloop.lifecycle.serving.observed import Observed

ADDRESSES = "LAKELOOP_SCORERS"  # environment: JSON, address by use case
SECONDS = 30.0
ANSWERED = "200"
TOLD_BY_CLIENTS = ("429",)  # refused before a version was chosen


class Scorer:
    """An Endpoint of one model.

    Args:
        address: ``http://HOST:PORT``.
        model: its name in the registry.
    """

    def __init__(self, address: str, model: str, seconds: float = SECONDS) -> None:
        self.address, self.model, self._seconds = address.rstrip("/"), model, seconds
        self._repository = f"/v2/repository/models/{quote(model)}"

    def traffic(self) -> Traffic:
        """Who answers now."""
        said = self._json("GET", f"{self._repository}/traffic")
        return Traffic(said["weights"], tuple(said["shadows"]))

    def set_traffic(self, traffic: Traffic) -> None:
        """Holds in all of its processes when it returns."""
        asked = {"weights": dict(traffic.weights), "shadows": list(traffic.shadows)}
        self._json("PUT", f"{self._repository}/traffic", asked)

    def follow_champion(self) -> None:
        """By the alias, which the scorer follows."""
        self.set_traffic(Traffic({CHAMPION: 100}))

    def refresh(self) -> Mapping[str, str]:
        """Raises EndpointError too while the registry does not answer the scorer."""
        aliases: dict[str, str] = self._json("POST", f"{self._repository}/refresh", {})["aliases"]
        return aliases

    def observations(self) -> Mapping[str, Observed]:
        """From its metrics."""
        return observed(self._asked("GET", "/metrics").decode(), self.model)

    def answering(self) -> str:
        """By an inference of one row of zeros."""
        path = f"/v2/models/{quote(self.model)}"
        inputs = [_zero(tensor) for tensor in self._json("GET", path)["inputs"]]
        return str(self._json("POST", f"{path}/infer", {"inputs": inputs})["model_version"])

    def _json(self, method: str, path: str, content: Any = None) -> Any:
        return json.loads(self._asked(method, path, content))

    def _asked(self, method: str, path: str, content: Any = None) -> bytes:
        body = None if content is None else json.dumps(content).encode()
        request = Request(self.address + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=self._seconds) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            said = error.read().decode(errors="replace")
            raise EndpointError(f"{method} {self.address}{path}: {error.code}: {said}") from None
        except (URLError, OSError) as error:
            raise EndpointError(f"{method} {self.address}{path}: {error}") from error


def scorer_of(use_case: str, model: str, environment: Mapping[str, str] = os.environ) -> Scorer:
    """The scorer of a use case, at the address that LAKELOOP_SCORERS gives. Raises EndpointError without one."""
    said = environment.get(ADDRESSES)
    if not said:
        raise EndpointError(
            f"{ADDRESSES} is not set; it has to be JSON, the address of the scorer by use case. `lakeloop up` sets it."
        )
    try:
        address = json.loads(said)[use_case]
    except (ValueError, KeyError, TypeError):
        raise EndpointError(
            f"{ADDRESSES} is {said}, expected JSON with the address of {use_case}'s scorer"
        ) from None
    return Scorer(address, model)


def observed(text: str, model: str) -> dict[str, Observed]:
    """What the scorer's metrics say of each version of `model`."""
    by_version: dict[str, list[Sample]] = {}
    for sample in samples(text):
        number = sample.labels.get("version")
        if sample.labels.get("model") == model and number:
            by_version.setdefault(number, []).append(sample)
    return {number: _observed(found) for number, found in by_version.items()}


def _observed(found: list[Sample]) -> Observed:
    statuses = _by_label(found, "oipscorer_requests_total", "status")
    chosen = {status: count for status, count in statuses.items() if status not in TOLD_BY_CLIENTS}
    shadow = _by_label(found, "oipscorer_shadow_requests_total", "outcome")
    return Observed(
        requests=sum(chosen.values()),
        errors=sum(count for status, count in chosen.items() if status != ANSWERED),
        latency=histogram(_named(found, "oipscorer_latency_seconds_bucket")),
        scores=histogram(_named(found, "oipscorer_score_bucket")),
        shadow_requests=shadow.get("scored", 0) + shadow.get("failed", 0),
        shadow_errors=shadow.get("failed", 0),
        shadow_rows=int(_sum(found, "oipscorer_shadow_rows_total")),
        shadow_difference=_sum(found, "oipscorer_shadow_difference_total"),
    )


def _named(found: Iterable[Sample], name: str) -> list[Sample]:
    return [sample for sample in found if sample.name == name]


def _by_label(found: Iterable[Sample], name: str, label: str) -> dict[str, int]:
    return {sample.labels[label]: int(sample.value) for sample in _named(found, name)}


def _sum(found: Iterable[Sample], name: str) -> float:
    return sum(sample.value for sample in _named(found, name))


def _zero(tensor: Mapping[str, Any]) -> dict[str, Any]:
    value: Any = False if tensor["datatype"] == "BOOL" else 0
    return {"name": tensor["name"], "shape": [1], "datatype": tensor["datatype"], "data": [value]}
