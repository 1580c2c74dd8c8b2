"""Bodies of the serving API: what fits, and the sentence for what does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from localbricks.api_errors import explain
from localbricks.serving.requests import CreateEndpoint, EndpointConfig
from localbricks.serving.views import config_of, shares_of, version_of


def entity(name: str = "", version: str = "1", **more: Any) -> dict[str, Any]:
    return {"entity_name": "dev.ml.orders", "entity_version": version, "name": name, **more}


def routes(*shares: tuple[str, Any], field: str = "served_model_name") -> dict[str, Any]:
    return {"routes": [{field: name, "traffic_percentage": percent} for name, percent in shares]}


def refused(config: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as error:
        EndpointConfig.model_validate(config)
    return explain(error.value.errors())


def test_the_only_entity_takes_all_and_is_called_by_model_and_version() -> None:
    config = EndpointConfig.model_validate({"served_entities": [entity(version="7")]})
    assert config.shares == {"orders-7": 100}
    assert config_of(config)["served_entities"][0]["name"] == "orders-7"


@pytest.mark.parametrize("field", ["served_model_name", "served_entity_name"])
def test_a_route_is_named_in_either_way(field: str) -> None:
    both = [entity("a"), entity("b", "2")]
    config = EndpointConfig.model_validate(
        {"served_entities": both, "traffic_config": routes(("a", 90), ("b", 10), field=field)}
    )
    assert config.shares == {"a": 90, "b": 10}


@given(st.lists(st.integers(-5, 120), min_size=2, max_size=5))
def test_percentages_sum_to_100_or_are_refused(percents: list[int]) -> None:
    names = [f"e{place}" for place in range(len(percents))]
    body = {
        "served_entities": [entity(name) for name in names],
        "traffic_config": routes(*zip(names, percents, strict=True)),
    }
    if sum(percents) == 100 and all(0 <= percent <= 100 for percent in percents):
        config = EndpointConfig.model_validate(body)
        assert list(shares_of(config_of(config)).values()) == percents
    else:
        assert "traffic" in refused(body)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"served_entities": []}, "served_entities: List should have at least 1 item"),
        ({"served_entities": [entity("a"), entity("a")]}, "served_entities have the names a, a"),
        ({"served_entities": [entity(version="latest")]}, "entity_version: String should match"),
        ({"served_entities": [entity("a/b")]}, "served_entities.0.name: String should match"),
        ({"served_entities": [entity(workload_type="GPU_SMALL")]}, "workload_type: Input should be 'CPU'"),
        ({"served_entities": [entity(external_model={"name": "x"})]}, "external_model: not supported"),
        ({"served_entities": [entity(wokload_size="Small")]}, "wokload_size: unknown field"),
        ({"traffic_config": routes(("nobody", 100))}, "routes names nobody; served entities are orders-1"),
        (
            {"traffic_config": routes(("orders-1", 100.5))},
            "traffic_percentage: Input should be a valid integer",
        ),
        ({"auto_capture_config": {"enabled": True}}, "auto_capture_config: not supported"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], said: str) -> None:
    assert said in refused({"served_entities": [entity()]} | change)


def test_an_endpoint_may_say_what_changes_nothing_and_not_what_would() -> None:
    body = {"name": "orders", "config": {"served_entities": [entity()]}, "tags": [{"key": "a", "value": "b"}]}
    assert CreateEndpoint.model_validate(body).tags == [{"key": "a", "value": "b"}]
    for field in ("ai_gateway", "rate_limits", "route_optimized"):
        with pytest.raises(ValidationError, match="not supported by the local workspace"):
            CreateEndpoint.model_validate(body | {field: [{"x": 1}]})


def test_another_version_under_the_same_name_is_another_one_to_the_scorer() -> None:
    first, second = entity("champion", "1"), entity("champion", "2")
    assert version_of(first) == version_of(dict(first))
    assert version_of(first) != version_of(second)
    assert version_of(first).startswith("champion.")
