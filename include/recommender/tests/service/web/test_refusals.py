"""What cannot be is named, with the value seen and what was expected; nothing is written."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankstream_testing import BEGIN
from rankstream_testing.server import Service

GOOD = {"entity": "e", "item": "g1i1", "at": BEGIN}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*GOOD, "weight", "k"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"entity": 7}, "entity is 7; expected a text that is not empty"),
        ({"entity": ""}, "entity is ''; expected a text that is not empty"),
        ({"item": "x" * 41}, "item has 41 characters"),
        ({"group": None}, "group is None; expected a text"),
        ({"at": -1}, "at is -1; expected whole milliseconds since 1970"),
        ({"at": "now"}, "at is 'now'; expected whole milliseconds"),
        ({"at": 10**14}, f"at is {10**14}; expected at most"),
        ({"at": 10**30}, "at is 1000000000000000000000000000000; expected"),
        ({"weight": 0}, "weight is 0; expected a number above 0"),
        ({"weight": "2"}, "weight is '2'; expected a number above 0"),
        ({"weight": True}, "weight is True; expected a number above 0"),
        ({"wieght": 2}, "'wieght' is no field; known are entity, item, at, group, weight"),
    ],
)
def test_an_interaction_that_cannot_be(service: Service, wrong: dict[str, Any], said: str) -> None:
    answer = service.observe([GOOD | {"entity": "untouched"}, GOOD | wrong])

    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["index"] == 1
    assert problem["error"].startswith(said)
    assert said in answer.json()["error"]
    assert not service.suggest("untouched").json()["known"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_weight_that_json_does_not_have(service: Service, value: str) -> None:
    body = f'{{"entity": "e", "item": "i", "at": 1, "weight": {value}}}'

    answer = service.http.post("/v1/interactions", content=body)

    assert answer.status_code == 422
    assert "weight is " in answer.json()["error"]


def test_a_missing_field(service: Service) -> None:
    answer = service.observe({"entity": "e", "item": "i"})

    assert (answer.status_code, "at is missing" in answer.json()["error"]) == (422, True)


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1}}', b"\xff", b'"\\ud800"', b"[" * 9000, b"{'a': NaN}"])
@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/suggestions"])
def test_junk(service: Service, path: str, body: bytes) -> None:
    answer = service.http.post(path, content=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the body is no JSON")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (3, "the body is 3; expected an interaction or a list"),
        ([], "the body is 0 items; expected an interaction or a list of 1 to 20"),
        ([GOOD] * 21, "the body is 21 items"),
    ],
)
def test_a_body_of_another_shape(service: Service, body: Any, said: str) -> None:
    answer = service.observe(body)

    assert (answer.status_code, answer.json()["error"][: len(said)]) == (422, said)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("k=0", "k is 0; expected a whole number from 1 to 30"),
        ("k=31", "k is 31; expected a whole number from 1 to 30"),
        ("k=many", "k is 'many'"),
        ("k=" + "9" * 5000, "k is '999"),
        ("k=1&k=2", "k is given twice"),
        ("new_only=1", "new_only is '1'; expected true or false"),
        ("at=-5", "at is '-5'; expected whole milliseconds"),
        ("n=3", "'n' is unknown here; known are k, new_only, at"),
    ],
)
def test_a_question_that_cannot_be(service: Service, query: str, said: str) -> None:
    answer = service.http.get(f"/v1/suggestions/e?{query}")

    assert (answer.status_code, answer.json()["error"][: len(said)]) == (422, said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "the body is []; expected an object"),
        ({"entities": []}, "entities is 0 items; expected a list of 1 to 5 texts"),
        ({"entities": ["e"] * 6}, "entities is 6 items"),
        ({"entities": ["e", 3]}, "entities[1] is 3; expected a text"),
        ({"entities": ["e"], "k": 2.0}, "k is 2.0; expected a whole number"),
        ({"entities": ["e"], "k": True}, "k is True; expected a whole number"),
    ],
)
def test_a_question_of_many_that_cannot_be(service: Service, body: Any, said: str) -> None:
    answer = service.http.post("/v1/suggestions", json=body)

    assert (answer.status_code, answer.json()["error"][: len(said)]) == (422, said)


def test_a_body_that_is_too_large_and_one_that_is_compressed(service: Service) -> None:
    large = service.http.post("/v1/interactions", content=b" " * 20_001)
    packed = service.http.post("/v1/interactions", content=b"x", headers={"content-encoding": "gzip"})

    assert (large.status_code, "20001 bytes, expected at most 20000" in large.json()["error"]) == (413, True)
    assert (packed.status_code, "content-encoding" in packed.json()["error"]) == (415, True)


def test_paths_that_are_not(service: Service) -> None:
    assert "expected a path of this service" in service.http.get("/v2").json()["error"]
    assert service.http.get("/v1/interactions").status_code == 405
    assert "expected UTF-8" in service.http.get("/v1/suggestions/%ff").json()["error"]
    assert service.http.get("/v1/suggestions/").json()["error"].startswith("entity is ''")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | JSON, st.sampled_from(["/v1/interactions", "/v1/suggestions"]))
def test_nothing_a_client_sends_is_the_fault_of_the_service(
    service: Service, content: Any, path: str
) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    answer = service.http.post(path, content=body)

    assert answer.status_code in {200, 400, 413, 422}, answer.text
    assert answer.status_code == 200 or answer.json()["error"]
