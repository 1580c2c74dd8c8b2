"""What templates may ask for."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from lakeloop_airflow.macros import night, promotion_reason, validated_version, who


def event(version: str | None, minute: int, **extra: str) -> SimpleNamespace:
    return SimpleNamespace(
        extra={} if version is None else {"version": version, **extra},
        timestamp=datetime(2017, 1, 1, 3, minute, tzinfo=UTC),
    )


def test_the_night_is_the_schedules_moment() -> None:
    run = SimpleNamespace(
        logical_date=datetime(2017, 1, 12, 3, tzinfo=UTC), run_after=datetime(2017, 1, 13, tzinfo=UTC)
    )

    assert night(run, {"date": None}) == "2017-01-12T03:00:00+00:00"


def test_a_person_may_name_the_night() -> None:
    run = SimpleNamespace(logical_date=datetime(2017, 1, 12, 3, tzinfo=UTC), run_after=None)

    assert night(run, {"date": "2016-12-31"}) == "2016-12-31"


def test_a_run_without_a_schedule_is_for_the_moment_it_ran_at() -> None:
    run = SimpleNamespace(logical_date=None, run_after=datetime(2017, 1, 13, 23, tzinfo=UTC))

    assert night(run, {}) == "2017-01-13T23:00:00+00:00"


def test_the_newest_announced_version_is_promoted() -> None:
    events = {"asset": [event("9", 1), event("10", 5), event(None, 6)], "other": [event("8", 3)]}

    assert validated_version(events, {"version": None}) == "10"


def test_a_person_may_name_the_version() -> None:
    assert validated_version({"asset": [event("9", 1)]}, {"version": "7"}) == "7"


@pytest.mark.parametrize("events", [{}, {"asset": []}, {"asset": [event(None, 1)]}])
def test_without_a_version_there_is_nothing_to_promote(events: Any) -> None:
    with pytest.raises(
        ValueError, match=r'Trigger the DAG with {"version": "<validated version>", "reason": "<why>"}'
    ):
        validated_version(events, {})


def test_the_reason_is_the_gates_unless_a_person_gives_one() -> None:
    events = {"asset": [event("9", 1, reason="old"), event("10", 5, reason="AUC 0.86 is enough")]}

    assert promotion_reason(events, {"reason": None, "version": None}) == "AUC 0.86 is enough"
    assert promotion_reason(events, {"reason": "because"}) == "because"


def test_a_promotion_by_hand_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="A promotion by hand needs a reason"):
        promotion_reason({}, {"version": "7", "reason": ""})


@pytest.mark.parametrize(
    ("user", "before", "expected"),
    [
        ("jane", None, "jane (airflow:churn_deploy:r)"),
        (None, "jane (airflow:churn_train:t)", "airflow:churn_deploy:r after jane (airflow:churn_train:t)"),
        (None, None, "airflow:churn_deploy:r"),
    ],
)
def test_who_is_the_person_behind_the_run(user: str | None, before: str | None, expected: str) -> None:
    run = SimpleNamespace(dag_id="churn_deploy", run_id="r", triggering_user_name=user)
    events = {"asset": [event("9", 1, **({"who": before} if before else {}))]}

    assert who(run, events) == expected
