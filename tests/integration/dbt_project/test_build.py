"""dbt builds the project on real Spark, on receipts made by hand; delta-rs reads the tables back.

Weeks have seven days, 0 to 6; week 9 ends on 2017-03-11. The story is told in order: a first delivery through week 13,
a second with week 14, a late receipt of week 5 and the first day of week 15, a third with week 16.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.dbt_project.skew import assert_same_features, tables_of
from tests.integration.dbt_project.conftest import PREFIX
from tests.integration.dbt_project.silver import Row, Silver, end_of, last_day, local, receipt

ONCE, REGULAR, BACK, VARIED = 1, 2, 3, 4
TABLES = ("features", "labels", "training_set")
# What one reckons by hand of household VARIED at the end of week 9, after the first delivery.
BY_HAND = {
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

pytestmark = pytest.mark.timeout(900)


def first_delivery() -> list[Row]:
    bought = local(6, 3)
    return [
        receipt(ONCE, local(0, 0), basket=10),
        *(receipt(REGULAR, local(week, 6), basket=200 + week) for week in range(14)),
        *(receipt(BACK, local(week, 0), basket=300 + week) for week in [*range(8), 12]),
        receipt(VARIED, bought, basket=41, product=1, sales=4, retail_disc=1),
        receipt(VARIED, bought, basket=41, product=2, sales=10),
        receipt(VARIED, bought, basket=41, product=3, sales=6, coupon_disc=0.5, coupon_match_disc=0.5),
        receipt(VARIED, bought, basket=42, product=4, sales=0),
        receipt(VARIED, local(8, 3), basket=43, product=4, sales=10),
    ]


def second_delivery() -> list[Row]:
    return [
        receipt(REGULAR, local(14, 6), basket=214),
        receipt(ONCE, local(5, 0), basket=11),
        receipt(REGULAR, local(15, 0), basket=215),
    ]


def third_delivery() -> list[Row]:
    more = [receipt(VARIED, local(13, 2), basket=44, product=n, sales=50, coupon_disc=2) for n in (1, 2, 3)]
    return [receipt(REGULAR, local(16, 6), basket=216), *more]


def master_data() -> dict[str, list[Row]]:
    kinds = [("GROCERY", "National"), ("FUEL", "National"), ("PRODUCE", "Private"), ("GROCERY", "National")]
    return {
        "products": [
            {"product_id": n, "department": department, "brand": brand, "product_category": f"C{n}"}
            for n, (department, brand) in enumerate(kinds, 1)
        ],
        "demographics": [
            {
                "household_id": VARIED,
                "age": "35-44",
                "income": "35-49K",
                "household_size": "5+",
                "household_comp": "2 Adults Kids",
            }
        ],
        "campaigns": [{"campaign_id": n, "household_id": VARIED} for n in (1, 2)],
        "campaign_descriptions": [
            {"campaign_id": 1, "start_date": date(2017, 3, 1), "end_date": date(2017, 3, 11)},
            {"campaign_id": 2, "start_date": date(2017, 3, 12), "end_date": date(2017, 4, 1)},
        ],
    }


def succeed(done: Any) -> str:
    assert done.returncode == 0, done.stdout
    return done.stdout


# The models whose tables are told of, with their sources; no other source has a row here.
OF_CHURN = ("--select", "+path:models/churn")


class Story:
    """The gold tables after each delivery."""

    def __init__(self, dbt: Callable[..., Any], warehouse: Any, silver: Silver) -> None:
        self._dbt, self._warehouse, self.silver = dbt, warehouse, silver
        self.tables: list[dict[str, pd.DataFrame]] = []

    def deliver(self, rows: dict[str, list[Row]], *command: str) -> None:
        self.silver.deliver(rows)
        self.build(*command)

    def build(self, *command: str) -> None:
        succeed(self._dbt(*command, *OF_CHURN))
        self.tables.append({name: self._warehouse.gold(name) for name in TABLES})


@pytest.fixture(scope="module")
def story(dbt: Callable[..., Any], warehouse: Any, silver: Silver) -> Story:
    told = Story(dbt, warehouse, silver)
    told.deliver(master_data() | {"transactions": first_delivery()}, "build")
    told.deliver({"transactions": second_delivery()}, "run")
    told.deliver({"transactions": third_delivery()}, "run")
    told.build("run", "--full-refresh")
    return told


def weeks_of(frame: pd.DataFrame, household: int) -> list[int]:
    days = pd.to_datetime(frame[frame.household_id == household].as_of)
    return ((days - pd.Timestamp(last_day(0))).dt.days // 7).tolist()


def row(frame: pd.DataFrame, household: int, week: int) -> pd.Series:
    found = frame[(frame.household_id == household) & (frame.as_of == last_day(week))]
    assert len(found) == 1
    return found.iloc[0]


def test_a_household_is_asked_about_while_active_and_in_completed_weeks(story: Story) -> None:
    features = story.tables[0]["features"]
    assert weeks_of(features, ONCE) == [7]  # bought in week 0: eight weeks are 0..7
    assert weeks_of(features, REGULAR) == [7, 8, 9, 10, 11, 12, 13]
    assert weeks_of(features, VARIED) == [7, 8, 9, 10, 11, 12, 13]


def test_features_have_the_values_that_one_reckons_by_hand(story: Story) -> None:
    seen = row(story.tables[0]["features"], VARIED, 9)
    assert seen[list(BY_HAND)].to_dict() == pytest.approx(BY_HAND)
    assert pd.isna(seen["gap_std"])  # one gap has no deviation


def test_a_single_purchase_has_no_rhythm_but_a_row(story: Story) -> None:
    seen = row(story.tables[0]["features"], ONCE, 7)
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
    labels = story.tables[0]["labels"]
    mine = labels[labels.household_id == household]
    assert dict(zip(weeks_of(labels, household), mine.churned, strict=True)) == churned


def test_labels_end_four_weeks_before_the_last_completed_week(story: Story) -> None:
    newest = [tables["labels"].as_of.max() for tables in story.tables[:3]]
    assert newest == [last_day(9), last_day(10), last_day(12)]


def test_training_set_is_labelled_features_with_slices(story: Story) -> None:
    frame = story.tables[0]["training_set"]
    features = list(story.tables[0]["features"].columns)
    assert list(frame.columns) == [*features, "churned", "age", "income", "household_comp"]
    assert len(frame) == len(story.tables[0]["labels"])
    assert row(frame, VARIED, 9)[["churned", "age", "income", "household_comp"]].tolist() == [
        1,
        "35-44",
        "35-49K",
        "2 Adults Kids",
    ]
    assert pd.isna(row(frame, REGULAR, 9)["age"])


def test_a_late_receipt_remakes_its_week_and_those_after(story: Story) -> None:
    features, labels = (story.tables[1][name] for name in ("features", "labels"))
    # week 5, thought empty, makes it active through week 12
    assert weeks_of(features, ONCE) == [7, 8, 9, 10, 11, 12]
    assert row(features, ONCE, 7)["days_since_purchase"] == 20
    assert weeks_of(labels, ONCE) == [7, 8, 9, 10]


def test_a_week_that_only_a_later_delivery_completes_is_not_forgotten(story: Story) -> None:
    # week 15 had one day at the second delivery; the third brought none of its days, yet completed it
    assert weeks_of(story.tables[1]["features"], REGULAR)[-1] == 14
    assert weeks_of(story.tables[2]["features"], REGULAR)[-2:] == [15, 16]


def test_features_know_nothing_later(story: Story, dbt: Callable[..., Any], warehouse: Any) -> None:
    """All columns, made once more from silver without the receipts that were written after the end of week 9."""
    cut, prefix = end_of(local(9, 6)), f"cut{PREFIX}"
    story.silver.cut(
        prefix, "transactions", f"transaction_timestamp < TIMESTAMP'{cut:%Y-%m-%d %H:%M:%S}+00:00'"
    )
    succeed(dbt("run", "--select", "+churn__features", prefix=prefix, read=prefix))
    known, full = warehouse.gold("features", prefix), story.tables[2]["features"]
    warehouse.drop(*(f"{prefix}{name}" for name in ("retail_silver", "churn_staging", "churn_gold")))

    assert known.as_of.max() == last_day(9)
    assert set(known.household_id) == {REGULAR, BACK, VARIED, ONCE}
    later = full[(full.as_of > last_day(9)) & (full.household_id == VARIED)]
    assert later.spend_4w.max() == 150  # there is something to know
    pd.testing.assert_frame_equal(known, full[full.as_of <= last_day(9)].reset_index(drop=True))


def test_features_are_what_pandas_makes_of_the_receipts(story: Story) -> None:
    """Skew: every served value, made once more from the delivered rows and without dbt's SQL."""
    told = tables_of(story.silver.rows)
    served = story.tables[2]["features"]
    assert_same_features(served, told)


def test_a_row_is_trained_on_as_it_is_served(story: Story) -> None:
    """Both tables come of the one model `churn__features`: no feature is made anew for training."""
    served, trained = (story.tables[2][name] for name in ("features", "training_set"))
    keys = ["household_id", "as_of"]
    both = trained[keys].merge(served, on=keys, how="left")
    assert len(both) > 10
    pd.testing.assert_frame_equal(both, trained[list(served.columns)])


@pytest.mark.parametrize("table", TABLES)
def test_incremental_builds_equal_a_full_refresh(story: Story, table: str) -> None:
    grown, fresh = (story.tables[n][table] for n in (2, 3))
    pd.testing.assert_frame_equal(grown, fresh)


def test_columns_carry_their_descriptions(story: Story, warehouse: Any) -> None:
    comments = warehouse.comments("features")
    assert comments["days_since_purchase"] == "Days from the last purchase to the end of the week."
    assert all(comments.values())


def test_docs_work(story: Story, dbt: Callable[..., Any]) -> None:
    succeed(dbt("docs", "generate"))
    catalog = json.loads((dbt.folder / "catalog.json").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    columns = catalog["nodes"]["model.lakeloop.churn__training_set"]["columns"]
    assert "churned" in columns


def test_a_missing_silver_table_is_named(dbt: Callable[..., Any]) -> None:
    done = dbt("run", "--select", "stg_churn__products", read="nowhere_")
    assert done.returncode == 1
    assert "nowhere_retail_silver" in done.stdout


def test_labels_are_judged_by_the_receipts_that_they_were_made_of(
    story: Story, dbt: Callable[..., Any], warehouse: Any
) -> None:
    """A receipt that is written after the build changes an answer; the build after it has the new one."""
    judge = ("test", "--select", "labels_are_what_happened")
    story.silver.deliver({"transactions": [receipt(ONCE, local(9, 0), basket=12)]})
    succeed(dbt(*judge))
    succeed(dbt("run", "--select", "+churn__labels"))
    succeed(dbt(*judge))

    warehouse.execute(
        f"UPDATE {PREFIX}churn_gold.labels SET churned = 1 - churned WHERE household_id = {ONCE}"
    )
    wrong = dbt(*judge)
    assert wrong.returncode == 1
    assert "Got 6 results" in wrong.stdout  # weeks 7 to 12
    shown = f'"as_of": "{last_day(12)}", "happened": 1, "household_id": {ONCE}, "labelled": 0'
    assert f"labels_are_what_happened: {{{shown}}}" in wrong.stdout


def test_a_broken_rule_is_named(story: Story, dbt: Callable[..., Any], warehouse: Any) -> None:
    """One line twice, and one without its household: a scan names both rules."""
    table = f"{PREFIX}retail_silver.transactions"
    warehouse.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE basket_id = 10")
    warehouse.execute(f"UPDATE {table} SET household_id = NULL WHERE basket_id = 11")
    done = dbt("test", "--select", "retail_transactions_hold")
    assert done.returncode == 1
    assert "Got 2 results" in done.stdout
    assert "basket_id, product_id is there twice" in done.stdout
    assert "household_id is null" in done.stdout
