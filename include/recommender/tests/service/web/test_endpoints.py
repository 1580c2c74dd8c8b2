"""Interactions move states on, and suggestions are those of the recommender on the same states."""

from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankstream import Interaction, Recommender, State
from rankstream_testing import BEGIN
from rankstream_testing.server import Service

AT = BEGIN + 1000
NUMBERS = count()


def interaction(entity: str, item: str = "g1i1", **more: Any) -> dict[str, Any]:
    return {"entity": entity, "item": item, "group": item[:2], "at": BEGIN} | more


def items(answer: dict[str, Any]) -> list[tuple[str, float]]:
    return [(each["item"], each["score"]) for each in answer["items"]]


def test_an_unknown_entity_gets_what_is_popular_and_is_told_so(service: Service) -> None:
    answer = service.suggest("nobody", k=3).json()

    assert (answer["entity"], answer["known"], answer["basis"]) == ("nobody", False, "popularity")
    assert (len(answer["items"]), answer["model_version"]) == (3, "7")


def test_the_next_request_has_seen_an_interaction(service: Service) -> None:
    before = service.suggest("fresh", at=AT).json()

    assert service.observe(interaction("fresh")).json() == {"interactions": 1, "entities": 1}
    after = service.suggest("fresh", at=AT).json()

    assert (before["known"], after["known"], after["basis"]) == (False, True, "history")
    assert after["items"] != before["items"]
    assert "g1i1" not in [item for item, _ in items(service.suggest("fresh", at=AT, new_only="true").json())]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 39), st.integers(0, 10**7), st.floats(0.1, 5)), min_size=1, max_size=12
    ),
    st.integers(1, 30),
    st.booleans(),
)
def test_answers_are_those_of_the_recommender(
    service: Service,
    recommender: Recommender,
    had: list[tuple[int, int, float]],
    k: int,
    new_only: bool,
) -> None:
    entity, state, sent = f"p{next(NUMBERS)}", State(), []
    for number, later, weight in had:
        made = Interaction(
            entity, f"g{number // 10}i{number % 10}", BEGIN + later, f"g{number // 10}", weight
        )
        recommender.observe(state, made)
        sent.append(made._asdict())
    expected = recommender.suggest(state, AT, k, new_only=new_only)

    assert service.observe(sent).status_code == 200
    answer = service.suggest(entity, k=k, new_only=str(new_only).lower(), at=AT).json()

    assert (answer["basis"], items(answer)) == (expected.basis, [tuple(each) for each in expected.items])


def test_many_are_answered_as_one_by_one(service: Service) -> None:
    service.observe([interaction("m1"), interaction("m2", "g2i2")])
    asked: dict[str, Any] = {"entities": ["m1", "m2", "m3"], "k": 4, "at": AT}

    answer = service.http.post("/v1/suggestions", json=asked).json()

    singles = [service.suggest(entity, k=4, at=AT).json() for entity in asked["entities"]]
    assert [each | {"model_version": "7"} for each in answer["suggestions"]] == singles
    assert answer["model_version"] == "7"


@pytest.mark.parametrize("name", ["a/b", "a b", "é", "x?y", "50%", "..", "\n", "a%2Fb"])
def test_an_entity_may_have_any_characters(service: Service, name: str) -> None:
    service.observe(interaction(name))

    answer = service.http.get(f"/v1/suggestions/{quote(name, safe='').replace('.', '%2E')}").json()

    assert (answer["entity"], answer["known"]) == (name, True)


def test_what_is_answered_is_counted(service: Service) -> None:
    lines = (
        'rankstream_suggestions_total{basis="popularity",version="7"}',
        'rankstream_request_seconds_count{route="suggestions",version="7"}',
        "rankstream_interactions_total",
        'rankstream_requests_total{route="interactions",status="422"}',
    )
    before = [service.metric(line) for line in lines]

    service.suggest("counted")
    service.observe([interaction("counted"), interaction("counted")])
    service.observe([])

    assert [service.metric(line) for line in lines] == [
        b + n for b, n in zip(before, (1, 1, 2, 1), strict=True)
    ]
