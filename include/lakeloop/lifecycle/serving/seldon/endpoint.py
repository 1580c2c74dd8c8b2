"""Seldon Core 2 as an Endpoint, by kubectl. It has never met a cluster; its manifests are valid by Seldon's schemas."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from lakeloop.config.serving import SeldonServing
from lakeloop.lifecycle.aliases import CHAMPION
from lakeloop.lifecycle.serving.endpoint import EndpointError, Traffic
from lakeloop.lifecycle.serving.observed import Observed
from lakeloop.lifecycle.serving.readiness import Readiness, wait_until_ready
from lakeloop.lifecycle.serving.registered import Registered
from lakeloop.lifecycle.serving.seldon.kubectl import Kubectl
from lakeloop.lifecycle.serving.seldon.manifests import (
    ALL,
    LABEL,
    Manifest,
    experiment_manifest,
    manifests,
    model_manifest,
    rendered,
    server_manifest,
    traffic_of,
    version_of,
)

SECONDS = 30.0
LOOK_SECONDS = 1.0


class SeldonEndpoint:
    """An Endpoint, and a Changing, of one registered model.

    Args:
        name: of the Server and the Experiment.
        model: its name in the registry.
    """

    def __init__(
        self,
        settings: SeldonServing,
        name: str,
        model: str,
        registered: Registered,
        kubectl: Kubectl | None = None,
    ) -> None:
        self._settings, self.name, self.model, self._registered = settings, name, model, registered
        self._kubectl = kubectl or Kubectl(settings)

    def traffic(self) -> Traffic:
        """By the Experiment."""
        found = self._kubectl.get("experiment", self.name)
        if found is None:
            raise EndpointError(f"there is no Experiment {self.name} yet")
        return _told(traffic_of, self.name, found)

    def set_traffic(self, traffic: Traffic) -> None:
        """Applies all manifests; returns when Seldon says that the Experiment is ready."""
        self._kubectl.apply(rendered(_told(manifests, self._settings, self.name, self.model, traffic)))
        wait_until_ready(self, self._settings.update_minutes, LOOK_SECONDS)

    def follow_champion(self) -> None:
        """It follows no alias: a next champion has to be told again."""
        self.set_traffic(Traffic({self._registered.champion(): ALL}))

    def refresh(self) -> Mapping[str, str]:
        """The registry's champion; whether it is served `answering` tells."""
        return {CHAMPION: self._registered.champion()}

    def observations(self) -> Mapping[str, Observed]:
        """Raises EndpointError: nothing reads Seldon's Prometheus yet."""
        raise EndpointError(
            "nothing reads Seldon Core's metrics yet; write `leaves_out: [judgement]` for this target"
        )

    def answering(self) -> str:
        """By an inference of one row of zeros through the gateway; Seldon's answer names the Model."""
        version = next(iter(self.traffic().weights))
        inputs = [_tensor(column, value) for column, value in self._registered.row(version).items()]
        answer = self._infer({"inputs": inputs})
        return _told(version_of, self.name, str(answer["model_name"]).partition("_")[0])

    def begin(self, version: str) -> None:
        """The first version takes all requests."""
        objects = [server_manifest(self._settings, self.name)]
        objects.append(model_manifest(self._settings, self.name, self.model, version))
        if self._kubectl.get("experiment", self.name) is None:
            objects.append(experiment_manifest(self._settings, self.name, Traffic({version: ALL})))
        self._kubectl.apply(rendered(objects))

    def readiness(self) -> Readiness:
        """Of the Experiment, and of all Models of the endpoint, of which one that failed has a reason."""
        experiment = self._kubectl.get("experiment", self.name)
        models = self._kubectl.labelled("models", f"{LABEL}={self.name}")
        if experiment is None or not models:
            return Readiness("updating", f"Experiment {self.name} is not there yet")
        return _readiness(self.name, [experiment, *models])

    def _infer(self, content: Mapping[str, Any]) -> Any:
        if self._settings.address is None:
            raise EndpointError(
                "serving seldon has no address of the inference gateway; set it in targets.yaml"
            )
        name = f"{self.name}.experiment"
        headers = {"Content-Type": "application/json", "Seldon-Model": name}
        url = f"{self._settings.address}/v2/models/{name}/infer"
        try:
            with urlopen(Request(url, json.dumps(content).encode(), headers), timeout=SECONDS) as answer:
                return json.loads(answer.read())
        except (URLError, OSError, ValueError) as error:
            raise EndpointError(f"POST {url} as {name}: {error}") from error


def _readiness(name: str, objects: list[Manifest]) -> Readiness:
    unready = [(one, _condition(one)) for one in objects if _condition(one).get("status") != "True"]
    said = "; ".join(f"{one['kind']} {one['metadata']['name']}: {_reason(why)}" for one, why in unready)
    if not unready:
        return Readiness("ready", f"Experiment {name} is ready, and {len(objects) - 1} Models")
    failed = any("Failed" in why.get("reason", "") for _, why in unready)
    return Readiness("failed" if failed else "updating", said)


def _condition(found: Manifest) -> Mapping[str, str]:
    """Seldon's own condition `Ready`."""
    conditions = found.get("status", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == "Ready"), {})


def _reason(condition: Mapping[str, str]) -> str:
    parts = (condition.get("reason"), condition.get("message"))
    return ", ".join(part for part in parts if part) or "not ready"


def _tensor(name: str, value: Any) -> dict[str, Any]:
    datatype = "BOOL" if isinstance(value, bool) else "FP64"
    return {"name": name, "shape": [1, 1], "datatype": datatype, "data": [value]}


def _told(work: Any, *arguments: Any) -> Any:
    """What a manifest's function raises, as EndpointError."""
    try:
        return work(*arguments)
    except ValueError as error:
        raise EndpointError(str(error)) from error
