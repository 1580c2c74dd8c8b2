"""Manifests are valid by the schemas of Seldon's own custom resources, and say what they were made of."""

import copy
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lakeloop.config.serving import SeldonServing
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.seldon.manifests import experiment_manifest, manifests, rendered, traffic_of

ROOT = Path(__file__).resolve().parents[6]
SCHEMAS = Path(os.environ.get("LAKELOOP_SCHEMAS") or ROOT.parent / "shared" / "schemas")
KINDS = {
    "Server": "seldon_servers.yaml",
    "Model": "seldon_models.yaml",
    "Experiment": "seldon_experiments.yaml",
}
NAME, MODEL = "prod-fraud", "prod.fraud_ml.fraud"
MLSERVER = SeldonServing(kind="seldon", models="s3://lake/models", secret="s3-access")
SCORER = SeldonServing(
    kind="seldon", runtime="oipscorer", image="registry.example/scorer:1.0", models="s3://lake/models"
)
STEPS = [Traffic({"3": 100}), Traffic({"3": 100}, ("4",)), Traffic({"3": 95, "4": 5}), Traffic({"4": 100})]


def schema(kind: str) -> dict[str, Any]:
    """Of the CRD, closed: a key that it does not have is an error, as with kubectl's strict validation."""
    file = SCHEMAS / KINDS[kind]
    if not file.exists():
        pytest.skip(f"Seldon's schemas are not in {SCHEMAS}; set LAKELOOP_SCHEMAS to their folder")
    version = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["versions"][0]
    return closed(version["schema"]["openAPIV3Schema"])


def closed(part: Any, top: bool = True) -> Any:
    if isinstance(part, list):
        return [closed(one, False) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: closed(value, False) for key, value in part.items()}
    if (
        "properties" in made
        and isinstance(made["properties"], dict)
        and not top
        and made.get("type") == "object"
    ):
        made.setdefault("additionalProperties", False)
    return made


@pytest.mark.parametrize("traffic", STEPS, ids=str)
@pytest.mark.parametrize("settings", [MLSERVER, SCORER], ids=["mlserver", "oipscorer"])
def test_all_objects_of_all_steps_are_valid(settings: SeldonServing, traffic: Traffic) -> None:
    objects = list(yaml.safe_load_all(rendered(manifests(settings, NAME, MODEL, traffic))))
    kinds = [one["kind"] for one in objects]
    assert kinds == ["Server", *["Model"] * (len(traffic.weights) + len(traffic.shadows)), "Experiment"]
    for one in objects:
        jsonschema.validate(one, schema(one["kind"]))
        assert len(one["metadata"]["name"]) <= 63


def test_the_schemas_find_a_key_that_is_none() -> None:
    for one in manifests(SCORER, NAME, MODEL, STEPS[1]):
        wrong: Any = copy.deepcopy(one)
        wrong["spec"]["storageURI"] = "s3://lake"
        with pytest.raises(jsonschema.ValidationError, match="storageURI"):
            jsonschema.validate(wrong, schema(one["kind"]))


def test_a_canary_has_shares_and_a_shadow_a_mirror() -> None:
    *models, experiment = manifests(MLSERVER, NAME, MODEL, Traffic({"3": 95, "4": 5}))[1:]
    assert [one["metadata"]["name"] for one in models] == ["prod-fraud-3", "prod-fraud-4"]
    assert [one["spec"]["storageUri"] for one in models] == [f"s3://lake/models/{MODEL}/{n}" for n in (3, 4)]
    assert {one["spec"]["server"] for one in models} == {NAME}
    assert experiment["spec"]["candidates"] == [
        {"name": "prod-fraud-3", "weight": 95},
        {"name": "prod-fraud-4", "weight": 5},
    ]
    shadowed = experiment_manifest(MLSERVER, NAME, Traffic({"3": 100}, ("4",)))
    assert shadowed["spec"]["mirror"] == {"name": "prod-fraud-4", "percent": 100}
    with pytest.raises(ValueError, match="at most one shadow"):
        experiment_manifest(MLSERVER, NAME, Traffic({"3": 100}, ("4", "5")))


def test_the_scorers_image_takes_the_place_of_mlserver() -> None:
    server = manifests(SCORER, NAME, MODEL, STEPS[0])[0]
    container = server["spec"]["podSpec"]["containers"][0]
    assert (container["name"], container["image"]) == ("mlserver", "registry.example/scorer:1.0")
    assert server["spec"]["capabilities"] == ["oipscorer"]


@given(
    share=st.integers(1, 99),
    versions=st.lists(st.integers(1, 10**6).map(str), min_size=3, max_size=3, unique=True),
    shadow=st.booleans(),
)
def test_an_experiment_says_the_traffic_that_it_was_made_of(
    share: int, versions: list[str], shadow: bool
) -> None:
    first, second, third = versions
    traffic = Traffic({first: 100 - share, second: share}, (third,) if shadow else ())
    assert traffic_of(NAME, experiment_manifest(MLSERVER, NAME, traffic)) == traffic


def test_an_experiment_of_somebody_else_is_named() -> None:
    spec = {"candidates": [{"name": "iris", "weight": 100}]}
    with pytest.raises(ValueError, match="'iris', expected prod-fraud-<number>"):
        traffic_of(NAME, {"spec": spec})
