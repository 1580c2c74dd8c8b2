"""dbt builds the project on real Spark, on receipts made by hand; delta-rs reads the tables back.

Weeks have seven days, 0 to 6; week 9 ends on 2017-03-11. The story is told in order: a first delivery through week 13,
a second with week 14, a late receipt of week 5 and the first day of week 15, a third with week 16.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

ONCE, REGULAR, BACK, VARIED = 1, 2, 3, 4

pytestmark = pytest.mark.timeout(900)


def first_delivery(receipts: Any) -> None:
    receipts.add(ONCE, week=0, day=0, basket=10)
    for week in range(14):
        receipts.add(REGULAR, week=week, day=6, basket=200 + week)
    for week in [*range(8), 12]:
        receipts.add(BACK, week=week, day=0, basket=300 + week)
    receipts.add(VARIED, week=6, day=3, basket=41, product=1, sales=4, retail=1)
    receipts.add(VARIED, week=6, day=3, basket=41, product=2, sales=10)
    receipts.add(VARIED, week=6, day=3, basket=41, product=3, sales=6, coupon=0.5, match=0.5)
    receipts.add(VARIED, week=6, day=3, basket=42, product=4, sales=0)
    receipts.add(VARIED, week=8, day=3, basket=43, product=4, sales=10)


def second_delivery(receipts: Any) -> None:
    receipts.add(REGULAR, week=14, day=6, basket=214)
    receipts.add(ONCE, week=5, day=0, basket=11)
    receipts.add(REGULAR, week=15, day=0, basket=215)


def third_delivery(receipts: Any) -> None:
    receipts.add(REGULAR, week=16, day=6, basket=216)


def succeed(done: Any) -> str:
    assert done.returncode == 0, done.stdout
    return done.stdout


class Story:
    """The gold tables after each delivery."""

    def __init__(self, dbt: Callable[..., Any], warehouse: Any, receipts: Callable[..., Any]) -> None:
        self._dbt, self._warehouse, self._receipts = dbt, warehouse, receipts
        self.tables: list[dict[str, pd.DataFrame]] = []

    def deliver(self, delivery: Callable[[Any], None], *command: str) -> str:
        arrived = self._receipts(at=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
        delivery(arrived)
        self._warehouse.insert("transactions", arrived.lines)
        return self.build(*command)

    def build(self, *command: str) -> str:
        output = succeed(self._dbt(*command))
        names = ("household_week_features", "household_week_labels", "training_set")
        self.tables.append({name: self._warehouse.gold(name) for name in names})
        return output


@pytest.fixture(scope="module")
def story(dbt: Callable[..., Any], warehouse: Any, receipts: Callable[..., Any]) -> Story:
    at = "timestamp'2017-01-01 00:00:00'"
    kinds = [("GROCERY", "National"), ("FUEL", "National"), ("PRODUCE", "Private"), ("GROCERY", "National")]
    warehouse.insert(
        "products",
        [
            f"({n}, 1, '{department}', '{brand}', 'C{n}', 'T', null, {at})"
            for n, (department, brand) in enumerate(kinds, 1)
        ],
    )
    person = f"({VARIED}, '35-44', '35-49K', 'Homeowner', null, '5+', '2 Adults Kids', '3+', {at})"
    warehouse.insert("demographics", [person])
    warehouse.insert("campaigns", [f"(1, {VARIED}, {at})", f"(2, {VARIED}, {at})"])
    runs = [
        "(1, 'Type A', date'2017-03-01', date'2017-03-11', {at})",
        "(2, 'Type C', date'2017-03-12', date'2017-04-01', {at})",
    ]
    warehouse.insert("campaign_descriptions", [run.format(at=at) for run in runs])
    told = Story(dbt, warehouse, receipts)
    told.deliver(first_delivery, "build")
    told.deliver(second_delivery, "run")
    told.deliver(third_delivery, "build")
    told.build("run", "--full-refresh")
    return told


def weeks_of(frame: pd.DataFrame, household: int) -> list[int]:
    return frame[frame.household_id == household].week.tolist()


def row(frame: pd.DataFrame, household: int, week: int) -> pd.Series:
    found = frame[(frame.household_id == household) & (frame.week == week)]
    assert len(found) == 1
    return found.iloc[0]


def test_a_household_is_asked_about_while_active_and_in_completed_weeks(story: Story) -> None:
    features = story.tables[0]["household_week_features"]
    assert weeks_of(features, ONCE) == [7]  # bought in week 0: eight weeks are 0..7
    assert weeks_of(features, REGULAR) == [7, 8, 9, 10, 11, 12, 13]
    assert weeks_of(features, VARIED) == [7, 8, 9, 10, 11, 12, 13]


def test_features_have_the_values_that_one_reckons_by_hand(story: Story) -> None:
    seen = row(story.tables[0]["household_week_features"], VARIED, 9)
    expected = {
        "days_since_purchase": 10,
        "days_between_last_two": 14,
        "tenure_days": 24,
        "shopping_days_1w": 0,
        "shopping_days_2w": 1,
        "shopping_days_4w": 2,
        "baskets_4w": 3,
        "basket_lines_26w": 5,
        "spend_4w": 30.0,
        "active_weeks_8w": 2,
        "gap_mean": 14.0,
        "gap_max": 14,
        "overdue": -4.0,
        "spend_per_day": 15.0,
        "spend_per_line": 6.0,
        "last_spend": 10.0,
        "last_basket_lines": 1,
        "retail_discount_share": 1 / 32,
        "coupon_discount_share": 1 / 32,
        "private_label_share": 0.2,
        "fresh_share": 0.2,
        "fuel_share": 1 / 3,
        "departments_per_day": 2.0,
        "categories_per_day": 2.5,
        "campaigns_received": 1,
        "campaigns_running": 0,
        "days_since_campaign": 10,
        "has_demographics": 1,
        "age_rank": 3,
        "income_rank": 4,
        "household_size_rank": 5,
    }
    assert seen[list(expected)].to_dict() == pytest.approx(expected)
    assert pd.isna(seen["gap_std"])  # one gap has no deviation


def test_a_single_purchase_has_no_rhythm_but_a_row(story: Story) -> None:
    seen = row(story.tables[0]["household_week_features"], ONCE, 7)
    assert (seen["days_since_purchase"], seen["tenure_days"], seen["shopping_days_8w"]) == (55, 55, 1)
    assert (
        seen[["days_between_last_two", "gap_mean", "gap_std", "gap_max", "overdue", "age_rank"]].isna().all()
    )
    assert (seen["has_demographics"], seen["campaigns_received"]) == (0, 0)


@pytest.mark.parametrize(
    ("household", "churned"),
    [
        (ONCE, {7: 1}),
        (REGULAR, {7: 0, 8: 0, 9: 0}),
        (BACK, {7: 1, 8: 0, 9: 0}),  # week 12 is the fifth week after 7 and the fourth after 8
        (VARIED, {7: 0, 8: 1, 9: 1}),
    ],
)
def test_labels_are_what_the_next_four_weeks_show(
    story: Story, household: int, churned: dict[int, int]
) -> None:
    labels = story.tables[0]["household_week_labels"]
    mine = labels[labels.household_id == household]
    assert dict(zip(mine.week, mine.churned, strict=True)) == churned


def test_labels_end_four_weeks_before_the_last_completed_week(story: Story) -> None:
    assert [tables["household_week_labels"].week.max() for tables in story.tables[:3]] == [9, 10, 12]


def test_training_set_is_labelled_features_with_slices(story: Story) -> None:
    frame = story.tables[0]["training_set"]
    assert len(frame) == len(story.tables[0]["household_week_labels"])
    assert row(frame, VARIED, 9)[["churned", "age", "income", "household_comp"]].tolist() == [
        1,
        "35-44",
        "35-49K",
        "2 Adults Kids",
    ]
    assert pd.isna(row(frame, REGULAR, 9)["age"])


def test_a_late_receipt_remakes_its_week_and_those_after(story: Story) -> None:
    features, labels = (
        story.tables[1][name] for name in ("household_week_features", "household_week_labels")
    )
    assert weeks_of(features, ONCE) == [
        7,
        8,
        9,
        10,
        11,
        12,
    ]  # week 5, thought empty, makes it active through week 12
    assert row(features, ONCE, 7)["days_since_purchase"] == 20
    assert weeks_of(labels, ONCE) == [7, 8, 9, 10]


def test_later_receipts_do_not_touch_what_was_known(story: Story) -> None:
    before, after = (story.tables[n]["household_week_features"] for n in (0, 2))
    unchanged = before[before.household_id != ONCE].reset_index(drop=True)
    again = after[(after.household_id != ONCE) & (after.week <= 13)].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, unchanged)


def test_a_week_that_only_a_later_delivery_completes_is_not_forgotten(story: Story) -> None:
    # week 15 had one day at the second delivery; the third brought none of its days, yet completed it
    assert weeks_of(story.tables[1]["household_week_features"], REGULAR)[-1] == 14
    assert weeks_of(story.tables[2]["household_week_features"], REGULAR)[-2:] == [15, 16]


@pytest.mark.parametrize("table", ["household_week_features", "household_week_labels", "training_set"])
def test_incremental_builds_equal_a_full_refresh(story: Story, table: str) -> None:
    grown, fresh = (story.tables[n][table].reset_index(drop=True) for n in (2, 3))
    pd.testing.assert_frame_equal(grown, fresh)


def test_columns_carry_their_descriptions(story: Story, warehouse: Any) -> None:
    comments = warehouse.comments("household_week_features")
    assert comments["days_since_purchase"] == "Days from the last purchase to the end of the week."
    assert all(comments.values())


def test_docs_and_freshness_work(story: Story, dbt: Callable[..., Any]) -> None:
    succeed(dbt("source", "freshness"))
    succeed(dbt("docs", "generate"))
    catalog = json.loads((dbt.folder / "catalog.json").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    columns = catalog["nodes"]["model.lakeloop.training_set"]["columns"]
    assert "churned" in columns


def test_a_missing_silver_table_is_named(dbt: Callable[..., Any]) -> None:
    done = dbt("run", "--select", "stg_churn__products", prefix="nowhere_")
    assert done.returncode == 1
    assert "nowhere_churn_silver" in done.stdout


def test_a_value_outside_of_its_range_fails_its_test(
    story: Story, dbt: Callable[..., Any], warehouse: Any
) -> None:
    at = "timestamp'2017-01-01 00:00:00'"
    stranger = f"(99, 'not a band', 'Under 15K', 'Homeowner', null, '1', '1 Adult No Kids', '1', {at})"
    warehouse.insert("demographics", [stranger])
    done = dbt("test", "--select", "demographics_in_range")
    assert done.returncode == 1
    assert "Got 1 result" in done.stdout  # age_rank alone; the stranger's other two ranks are fine
