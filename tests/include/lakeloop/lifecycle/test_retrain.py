"""First model, due, or not due."""

from types import SimpleNamespace

import pytest

from lakeloop.config import UseCase, load_use_case
from lakeloop.lifecycle.retrain import decide


@pytest.fixture
def churn() -> UseCase:
    return load_use_case("churn")  # weeks, retrain.every is 4


def version(labelled_through: str, status: str = "passed") -> SimpleNamespace:
    tags = {"labelled_through": labelled_through, "validation_status": status}
    return SimpleNamespace(version="3", tags=tags)


def test_without_any_training_it_is_the_first(churn: UseCase) -> None:
    decision = decide(churn, None, None, "2017-10-07")

    assert decision.branch == "first"
    assert decision.reason == "no model was trained yet; labels reach 2017-10-07"


@pytest.mark.parametrize(
    ("labelled", "branch", "periods"),
    [
        ("2017-10-07", "not_due", 0),
        ("2017-10-28", "not_due", 3),
        ("2017-11-04", "due", 4),
        ("2017-12-30", "due", 12),
        ("2017-09-30", "not_due", -1),
    ],
)
def test_due_after_so_many_newly_labelled_periods(
    churn: UseCase, labelled: str, branch: str, periods: int
) -> None:
    attempt = version("2017-10-07")

    decision = decide(churn, attempt, attempt, labelled)

    assert decision.branch == branch
    assert f"{periods} newly labelled weeks, retrain.every is 4" in decision.reason


def test_a_refused_model_is_not_trained_again_on_the_same_data(churn: UseCase) -> None:
    champion, refused = version("2017-08-05"), version("2017-10-07", "refused")

    assert decide(churn, champion, refused, "2017-10-28").branch == "not_due"
    assert (
        "was refused and knew labels through 2017-10-07"
        in decide(churn, champion, refused, "2017-10-28").reason
    )
    assert decide(churn, champion, refused, "2017-11-04").branch == "due"


def test_a_refused_first_model_is_not_trained_again_on_the_same_data_either(churn: UseCase) -> None:
    refused = version("2017-10-07", "refused")

    assert decide(churn, None, refused, "2017-10-14").branch == "not_due"
    assert decide(churn, None, refused, "2017-11-04").branch == "first"


def test_a_person_may_force_it(churn: UseCase) -> None:
    attempt = version("2017-10-07")

    decision = decide(churn, attempt, attempt, "2017-10-07", force=True)

    assert decision.branch == "due"
    assert decision.reason.startswith("forced by hand; version 3")


@pytest.mark.parametrize("force", [True, False])
def test_without_labels_there_is_nothing_to_learn_from(churn: UseCase, force: bool) -> None:
    decision = decide(churn, None, None, None, force)

    assert (decision.branch, "nothing to learn from" in decision.reason) == ("not_due", True)


def test_hours_are_counted_as_hours(churn: UseCase) -> None:
    hourly = churn.model_copy(update={"period": churn.period.model_copy(update={"unit": "hour"})})
    attempt = version("2017-10-07T20:00:00+00:00")

    decision = decide(hourly, attempt, attempt, "2017-10-08T01:00:00+00:00")

    assert decision.branch == "due"
    assert "5 newly labelled hours" in decision.reason
