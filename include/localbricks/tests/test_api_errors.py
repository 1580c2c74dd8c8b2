"""What a malformed body is told: the field, by its whole name."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from localbricks.api_errors import explain, invalid, not_implemented


class Import(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str


def explained(body: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Import.model_validate(body)
    return explain(caught.value.errors())


def test_a_field_keeps_its_name_also_when_it_is_called_path() -> None:
    assert explained({}) == "path: Field required"


def test_a_field_that_is_not_known_is_named() -> None:
    assert explained({"path": "/a", "colour": 1}) == (
        "colour: unknown field, or not supported by the local workspace"
    )


@pytest.mark.parametrize(
    ("place", "told"), [(("body", "path"), "path: bad"), (("query", "run_id"), "run_id: bad"), ((), "bad")]
)
def test_where_the_value_was_found_is_no_part_of_its_name(place: tuple[str, ...], told: str) -> None:
    assert explain([{"loc": place, "type": "missing", "msg": "bad"}]) == told


def test_answers_have_the_shape_that_clients_parse() -> None:
    assert invalid("x").response().status_code == 400
    answer = not_implemented("GET", "/api/2.0/nothing").response()
    assert answer.status_code == 501
    assert b'"error_code":"NOT_IMPLEMENTED"' in answer.body
    assert b"GET /api/2.0/nothing" in answer.body
