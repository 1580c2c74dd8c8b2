"""How far a VACUUM may go follows from who needs which version."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.lifecycle.deployment.ledger import LedgerRow
from lakeloop.lifecycle.published import PublishedFeatures
from lakeloop.lifecycle.retention import (
    FILES,
    KEEP_ALL,
    LOG,
    MARGIN,
    NeededError,
    limit,
    needs,
    require,
    vacuum,
)
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

VISITS = use_case(BINARY)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLE = "visits_gold.training_set"


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def publication(published_at: datetime, version: int) -> PublishedFeatures:
    return PublishedFeatures(published_at, version, version, version, "2026-02-01", None, 1, None)


def model_version(number: int, at: int) -> Any:
    return SimpleNamespace(version=number, tags={"data_versions": json.dumps({TABLE: at})})


def served(number: int, at: int) -> LedgerRow:
    versions = json.dumps({TABLE: at})
    return LedgerRow(
        who="a", why="b", model="m", from_version=None, to_version=str(number), data_versions=versions
    )


def test_whoever_needs_a_version_is_named() -> None:
    published = [publication(days_ago(90), 1), publication(days_ago(3), 7), publication(days_ago(1), 8)]

    found = needs(VISITS, [model_version(4, 6)], [served(2, 3), served(4, 6)], published, days_ago(30))

    assert found[TABLE] == {
        3: ("model version 2",),
        6: ("model version 4",),
        7: ("the publication of 2026-02-26 00:00 UTC",),
        8: ("the publication of 2026-02-28 00:00 UTC",),
    }
    assert set(found) == {"visits_gold.features", "visits_gold.labels", TABLE}


def test_the_newest_publication_is_needed_however_old() -> None:
    assert set(needs(VISITS, [], [], [publication(days_ago(400), 5)], NOW)[TABLE]) == {5}


def test_a_version_registered_by_hand_needs_nothing() -> None:
    assert needs(VISITS, [SimpleNamespace(version=1, tags={})], [], [], NOW) == {}  # type: ignore[list-item]


def test_files_are_kept_until_before_the_commit_that_replaced_the_oldest_needed_version() -> None:
    commits = {version: days_ago(40 - 10 * version) for version in range(5)}  # 0: 40 days ago ... 4: now

    found = limit(TABLE, {1: ("model version 2",), 4: ("p",)}, commits, NOW)

    assert found.files == timedelta(days=20) + MARGIN
    assert found.bound_by == (1, ("model version 2",))
    assert found.gone == ()


def test_the_newest_version_alone_binds_no_more_than_the_margin() -> None:
    found = limit(TABLE, {4: ("p",)}, {3: days_ago(9), 4: days_ago(5)}, NOW)

    assert (found.files, found.bound_by) == (MARGIN, None)


def test_a_version_that_is_gone_is_said_and_binds_nothing() -> None:
    found = limit(TABLE, {1: ("model version 1",), 8: ("p",)}, {7: days_ago(2), 8: days_ago(1)}, NOW)

    assert found.gone == (1,)
    assert found.files == MARGIN


def test_what_would_remove_a_needed_version_is_refused_by_name() -> None:
    needed = {1: ("model version 2", "the publication of 2026-01-01 00:00 UTC")}
    found = limit(TABLE, needed, {1: days_ago(30), 2: days_ago(20)}, NOW)

    require(found, needed, found.files)
    with pytest.raises(
        NeededError,
        match=r"training_set cannot be vacuumed down to 168 hours: version 1 is needed by model version 2, the publi"
        r"cation of 2026-01-01 00:00 UTC, and its files have to be kept for 648 hours",
    ):
        require(found, needed, timedelta(days=7))


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 300), min_size=1, max_size=12, unique=True), st.data())
def test_no_file_of_a_needed_version_is_old_enough(ages: list[float], data: st.DataObject) -> None:
    """VACUUM removes what was taken out of the table before the horizon; a version's files went at a later commit."""
    commits = {version: days_ago(age) for version, age in enumerate(sorted(ages, reverse=True))}
    needed = data.draw(st.sets(st.sampled_from(sorted(commits)), min_size=1))

    found = limit(TABLE, {version: ("x",) for version in needed}, commits, NOW)

    horizon = NOW - found.files
    for version in needed:
        replaced = commits.get(version + 1)
        assert replaced is None or replaced - horizon >= MARGIN


class ToldSpark:
    """Notes the statements that it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def sql(self, statement: str) -> None:
        self.told.append(statement)


def test_the_log_is_never_shortened_since_a_version_is_read_from_an_older_checkpoint() -> None:
    spark = ToldSpark()

    vacuum(spark, limit(TABLE, {4: ("p",)}, {3: days_ago(9), 4: days_ago(5)}, NOW))  # type: ignore[arg-type]

    shortened, removed, restored = spark.told
    assert f"'{FILES}' = 'interval 604800 seconds', '{LOG}' = '{KEEP_ALL}'" in shortened
    assert removed == f"VACUUM {TABLE}"
    assert f"'{FILES}' = '{KEEP_ALL}', '{LOG}' = '{KEEP_ALL}'" in restored


def test_dbt_gives_the_gold_tables_the_same_retention_as_the_job_leaves() -> None:
    project = Path(__file__).resolve().parents[4] / "dbt_project"
    macro = (project / "macros" / "retention.sql").read_text(encoding="utf-8")
    gold = [file.read_text(encoding="utf-8") for file in project.glob("models/*/gold/*.sql")]

    assert dict(re.findall(r'"(delta\.\w+)": "([^"]+)"', macro)) == {FILES: KEEP_ALL, LOG: KEEP_ALL}
    assert len(gold) >= 6
    assert all("tblproperties=all_versions()" in text for text in gold)
