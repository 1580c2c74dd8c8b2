"""`Server`, a `Model` for each version, and an `Experiment` with the shares, as Kubernetes objects.

An Experiment gives clients one name (`<endpoint>.experiment`) whatever versions are behind it; its mirror is the
shadow: it gets a copy of each request and answers nobody.

Source: https://docs.seldon.ai/seldon-core-2/user-guide/servers and .../experiments
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from lakeloop.config.serving import SeldonServing
from lakeloop.lifecycle.serving.endpoint import Traffic

API = "mlops.seldon.io/v1alpha1"
LABEL = "lakeloop.endpoint"
ALL = 100  # percent
# The container of Seldon's own ServerConfig for MLServer, where it reads models, and the port that its agent asks.
CONTAINER, MODELS, PORT = "mlserver", "/mnt/agent/models", 9000
REQUIRES = {"mlserver": "mlflow", "oipscorer": "oipscorer"}

Manifest = Mapping[str, Any]


def manifests(settings: SeldonServing, name: str, model: str, traffic: Traffic) -> list[Manifest]:
    """All that serves `traffic`, in the order in which it is applied.

    Args:
        name: of the endpoint.
        model: its name in the registry.
    """
    versions = [*traffic.weights, *traffic.shadows]
    models = [model_manifest(settings, name, model, version) for version in versions]
    return [server_manifest(settings, name), *models, experiment_manifest(settings, name, traffic)]


def server_manifest(settings: SeldonServing, name: str) -> Manifest:
    """Where the versions run: MLServer as Seldon Core configures it, or the scorer's image in its place."""
    spec: dict[str, Any] = {"serverConfig": settings.server_config, "replicas": settings.replicas}
    if settings.image is not None:
        args = ["--host", "0.0.0.0", "--port", str(PORT), "--root", MODELS, "--allow-missing"]
        container = {
            "name": CONTAINER,
            "image": settings.image,
            "command": ["python", "-m", "oipscorer"],
            "args": args,
        }
        spec |= {"capabilities": [REQUIRES[settings.runtime]], "podSpec": {"containers": [container]}}
    return _object("Server", name, name, settings, spec)


def model_manifest(settings: SeldonServing, name: str, model: str, version: str) -> Manifest:
    """One version, on the endpoint's own server."""
    spec: dict[str, Any] = {
        "storageUri": f"{settings.models}/{model}/{version}",
        "requirements": [REQUIRES[settings.runtime]],
        "memory": settings.memory,
        "replicas": settings.replicas,
        "server": name,
    }
    if settings.secret is not None:
        spec["secretName"] = settings.secret
    return _object("Model", model_of(name, version), name, settings, spec)


def experiment_manifest(settings: SeldonServing, name: str, traffic: Traffic) -> Manifest:
    """Who answers which share. Raises ValueError for more shadows than the one that an Experiment can have."""
    if len(traffic.shadows) > 1:
        raise ValueError(f"{traffic}: an Experiment has one mirror; expected at most one shadow")
    candidates = [
        {"name": model_of(name, version), "weight": percent}
        for version, percent in traffic.weights.items()
        if percent
    ]
    spec: dict[str, Any] = {"candidates": candidates}
    if traffic.shadows:
        spec["mirror"] = {"name": model_of(name, traffic.shadows[0]), "percent": ALL}
    return _object("Experiment", name, name, settings, spec)


def traffic_of(name: str, experiment: Manifest) -> Traffic:
    """What `experiment_manifest` made of it."""
    spec = experiment["spec"]
    weights = {version_of(name, one["name"]): one["weight"] for one in spec["candidates"]}
    mirror = spec.get("mirror")
    return Traffic(weights, (version_of(name, mirror["name"]),) if mirror else ())


def rendered(objects: Iterable[Manifest]) -> str:
    """YAML, an object after the other."""
    return yaml.safe_dump_all([dict(one) for one in objects], sort_keys=False, explicit_start=True)


def model_of(name: str, version: str) -> str:
    """What a version is called."""
    return f"{name}-{version}"


def version_of(name: str, model: str) -> str:
    """Raises ValueError for a model of something else."""
    version = model.removeprefix(f"{name}-")
    if version == model or not version.isdigit():
        raise ValueError(
            f"the experiment names {model!r}, expected {name}-<number>: somebody else has changed it"
        )
    return version


def _object(
    kind: str, name: str, endpoint: str, settings: SeldonServing, spec: Mapping[str, Any]
) -> Manifest:
    metadata = {"name": name, "namespace": settings.namespace, "labels": {LABEL: endpoint}}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": dict(spec)}
