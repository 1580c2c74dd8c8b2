"""Names, weeks and schemas that everything else is built on."""

from datetime import date

import pytest
from pydantic import ValidationError

from lakeloop.config import load_use_case

churn = load_use_case("churn")


def test_the_thresholds_of_the_gate_are_not_trivial() -> None:
    assert churn.gate.min_auc > 0.7
    assert churn.gate.min_lift_over_baseline_auc >= 0.1


def test_tables_are_schema_dot_table_without_a_catalog() -> None:
    assert churn.table("gold", "training_set") == "churn_gold.training_set"


@pytest.mark.parametrize(
    ("day", "week"),
    [(date(2017, 1, 1), 0), (date(2017, 1, 7), 0), (date(2017, 1, 8), 1), (date(2016, 12, 31), -1)],
)
def test_weeks_count_from_the_first_day(day: date, week: int) -> None:
    assert churn.week_of(day) == week


def test_a_source_says_its_schema_in_order() -> None:
    assert churn.sources["campaigns"].ddl == "campaign_id bigint, household_id bigint"


def test_a_use_case_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        churn.retries = 7
