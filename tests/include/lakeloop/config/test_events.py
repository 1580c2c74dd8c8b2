"""Sources of kind `events`: topics, keys and the schema of a message."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lakeloop.config import ConfigError, EventSource, load_source


def _payments() -> dict[str, Any]:
    columns = {
        "payment_id": "string",
        "account": "string",
        "amount": "double",
        "paid_at": "timestamp",
        "note": "string",
    }
    table = {
        "keys": ["payment_id"],
        "event_time": "paid_at",
        "partition_by": "payment_id",
        "columns": columns,
    }
    return {
        "kind": "events",
        "description": "Payments.",
        "owner": "data",
        "tables": {"payments": table},
    }


def _loaded(folder: Path, content: dict[str, Any]) -> EventSource:
    (folder / "bank.yaml").write_text(yaml.safe_dump(content))
    source = load_source("bank", folder)
    assert isinstance(source, EventSource)
    return source


def test_a_table_has_a_topic_named_after_the_source(tmp_path: Path) -> None:
    source = _loaded(tmp_path, _payments())

    assert source.topic("payments") == "bank.payments"
    assert source.table("silver", "payments") == "bank_silver.payments"
    with pytest.raises(KeyError, match="bank has no table 'refunds'; it has payments"):
        source.topic("refunds")


def test_topics_may_have_a_prefix_of_their_own(tmp_path: Path) -> None:
    assert _loaded(tmp_path, {**_payments(), "topics": "core.v2"}).topic("payments") == "core.v2.payments"


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ({"payment_id": "p1", "amount": 2, "paid_at": "2026-01-02T03:04:05Z", "unannounced": []}, None),
        ({"payment_id": "p1", "amount": "2", "paid_at": "2026-01-02T03:04:05Z"}, "amount"),
        ({"payment_id": 7, "paid_at": "2026-01-02T03:04:05Z"}, "payment_id"),
        ({"payment_id": "p1"}, "paid_at"),
        ([], "object"),
    ],
)
def test_the_schema_of_a_message_follows_from_the_columns(
    message: Any, wrong: str | None, tmp_path: Path
) -> None:
    schema = _loaded(tmp_path, _payments()).tables["payments"].json_schema
    jsonschema.Draft202012Validator.check_schema(schema)

    errors = [
        error.message + str(error.path)
        for error in jsonschema.Draft202012Validator(schema).iter_errors(message)
    ]

    assert (not errors) if wrong is None else (len(errors) == 1 and wrong in errors[0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"partition_by": "note"},
            r"partition_by: note may be missing; expected a column .* payment_id, paid_at",
        ),
        ({"partition_by": "acount"}, r"partition_by: acount may be missing"),
        ({"partitions": 0}, r"tables\.payments\.partitions: 0 is wrong"),
        ({"format": "json"}, r"tables\.payments\.format: unknown key"),
        (
            {"columns": {"payment_id": "string", "paid_at": "timestamp", "lines": "array<string>"}},
            r"columns: lines is array<string>; expected of a message one of string, boolean",
        ),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    content = _payments()
    content["tables"]["payments"] |= change

    with pytest.raises(ConfigError, match=said):
        _loaded(tmp_path, content)
