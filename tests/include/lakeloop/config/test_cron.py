"""Cron expressions."""

import pytest

from lakeloop.config.cron import checked


@pytest.mark.parametrize("text", ["0 3 * * *", "*/15 0-6,22 1 1-12/2 0,7", "59 23 31 12 7", "5/10 * * * *"])
def test_a_valid_expression_is_kept(text: str) -> None:
    assert checked(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 3 * *", "has 4 fields, expected the five fields of cron"),
        ("@daily", "has 1 fields"),
        ("60 3 * * *", "minute is '60', expected .* 0 to 59"),
        ("0 24 * * *", "hour is '24'"),
        ("0 3 0 * *", "day is '0', expected .* 1 to 31"),
        ("0 3 * 13 *", "month is '13'"),
        ("0 3 * * 8", "weekday is '8'"),
        ("0 6-3 * * *", "hour is '6-3'"),
        ("*/0 3 * * *", "minute is"),
        ("0, 3 * * *", "minute is '0,'"),
        ("0 3 * * mon", "weekday is 'mon'"),
    ],
)
def test_a_wrong_field_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked(text)


def test_what_is_accepted_is_what_the_scheduler_accepts() -> None:
    croniter = pytest.importorskip("croniter")
    for text in ["0 3 * * *", "*/15 0-6,22 1 1-12/2 0,7", "59 23 31 12 7", "5/10 * * * *"]:
        assert croniter.croniter.is_valid(text)
