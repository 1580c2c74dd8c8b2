"""The score job of a ranking, and the probe before a rollback: from a published Delta version, on the stack's Spark."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import mlflow
import pandas as pd
import pytest

import rankstream
from lakeloop.config import RankingUseCase, Target
from lakeloop.lifecycle import published, registry
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.ledger import LedgerRow, following
from lakeloop.lifecycle.deployment.probe import probe
from lakeloop.lifecycle.ranking import logged
from lakeloop.lifecycle.ranking.split import ms_at_end
from lakeloop.lifecycle.session import table_version
from lakeloop.lifecycle.sql import through_spark
from lakeloop_jobs.score import main
from rankstream.interactions import each, ordered
from rankstream_testing import world
from tests.include.lakeloop.lifecycle.ranking.conftest import ranking
from tests.integration.jobs.conftest import keys, registered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NEWEST = 15  # the last completed period of the world's 120 days
GONE_AWAY = "e5"  # came no more in the last periods


@pytest.fixture(scope="module")
def interactions() -> pd.DataFrame:
    table = world()
    left = (table["entity"] == GONE_AWAY) & (table["at"] > table["at"].quantile(0.5))
    return table[~left & (table["at"] < ms_at_end(ranking().period, NEWEST))]


@pytest.fixture(scope="module")
def model(interactions: pd.DataFrame) -> rankstream.Model:
    return rankstream.fit(interactions, rankstream.settings_of(ranking().settings))


@pytest.fixture
def rooms(
    spark: "SparkSession", s3: Any, target: Target, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RankingUseCase]:
    """The ranking under a name of its own; what it left behind goes."""
    mine = ranking(name=f"jobs_{uuid4().hex[:8]}")
    monkeypatch.setattr("lakeloop_jobs.score.load_use_case", lambda name: mine)
    yield mine
    for layer in ("gold", "ml"):
        spark.sql(f"DROP SCHEMA IF EXISTS {mine.name}_{layer} CASCADE")
    for key in keys(s3, target, mine):
        s3.delete_object(Bucket=target.bucket, Key=key)


@pytest.fixture
def publication(
    rooms: RankingUseCase, spark: "SparkSession", interactions: pd.DataFrame
) -> published.PublishedFeatures:
    """The interactions in their gold table, published as the transform does it."""
    for layer in ("gold", "ml"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {rooms.name}_{layer}")
    days = pd.to_datetime(interactions["at"], unit="ms").dt.date
    periods = [rooms.period.as_of(int(index)) for index in rooms.period.indices(days)]
    frame = pd.DataFrame(
        {
            "visitor": interactions["entity"],
            "as_of": periods,
            "room": interactions["item"],
            "floor": interactions["group"],
            "seen_at": pd.to_datetime(interactions["at"], unit="ms", utc=True),
            "minutes": interactions["weight"],
        }
    )
    spark.createDataFrame(frame).write.saveAsTable(rooms.gold("features"))
    version = table_version(spark, rooms.gold("features"))
    versions: dict[Any, int] = dict.fromkeys(rooms.models_of_tables, version)
    for statement in [*published.create_sql(rooms), published.publish_sql(rooms, versions, "test")]:
        spark.sql(statement)
    found = published.newest(spark, rooms)
    assert found is not None
    return found


@pytest.fixture
def champion(
    rooms: RankingUseCase,
    model: rankstream.Model,
    interactions: pd.DataFrame,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
) -> str:
    """The model is registered and champion; the version's number."""
    mlflow.set_experiment("/Shared/tests")
    with mlflow.start_run(tags={registry.STATUS: registry.PASSED}) as run:
        logged.log(model, logged.example(interactions, model.until))
    version = str(registry.register(client, registered(rooms), run.info.run_id).version)
    moment = datetime.now(UTC) - timedelta(minutes=1)
    row = LedgerRow(
        who="a", why="b", model=registered(rooms), promoted_at=moment, from_version=None, to_version=version
    )
    ledger = ledger_of(through_spark(spark), rooms)
    ledger.append(following(ledger.rows(registered(rooms)), row))
    client.set_registered_model_alias(registered(rooms), registry.CHAMPION, version)
    return version


def test_a_publication_says_which_periods_are_answered(
    publication: published.PublishedFeatures, rooms: RankingUseCase, interactions: pd.DataFrame
) -> None:
    assert publication.newest_as_of == rooms.period.as_of(NEWEST).isoformat()
    assert publication.newest_labelled_as_of == rooms.period.as_of(NEWEST - 1).isoformat()
    newest = interactions[interactions["at"] >= ms_at_end(rooms.period, NEWEST - 1)]
    assert publication.entities == newest["entity"].nunique()
    assert publication.data_versions(rooms) == {rooms.gold("features"): publication.features_version}


def test_each_visitor_that_came_lately_gets_what_its_own_state_says(
    publication: published.PublishedFeatures,
    champion: str,
    rooms: RankingUseCase,
    model: rankstream.Model,
    interactions: pd.DataFrame,
    spark: "SparkSession",
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = [f"--use-case={rooms.name}", "--target=local", f"--date={datetime.now(UTC).date()}"]
    main(night)
    main(night)  # replaces the period

    entities = sorted(set(interactions["entity"]) - {GONE_AWAY})
    assert f"scored {10 * len(entities)} suggestions for visitors" in capsys.readouterr().out
    scores = spark.table(rooms.ml("scores")).toPandas()
    assert sorted(set(scores["visitor"])) == entities
    assert set(scores["model_version"]) == {champion}
    recommender, now = rankstream.Recommender(model), ms_at_end(rooms.period, NEWEST)
    for entity, rows in scores.groupby("visitor"):
        state = rankstream.State()
        for interaction in each(ordered(interactions[interactions["entity"] == entity])):
            recommender.observe(state, interaction)
        expected = recommender.suggest(state, now).items
        found = rows.sort_values("rank")
        assert found["rank"].tolist() == list(range(1, 11)), entity
        assert found["room"].tolist() == [one.item for one in expected], entity
        assert found["score"].tolist() == pytest.approx([one.score for one in expected]), entity


def test_a_version_shows_that_it_can_suggest_before_a_rollback(
    publication: published.PublishedFeatures,
    champion: str,
    rooms: RankingUseCase,
    client: mlflow.MlflowClient,
    spark: "SparkSession",
) -> None:
    found = probe(through_spark(spark), rooms, client.get_model_version(registered(rooms), champion))

    assert (found.example_rows, found.feature_rows) == (3, 20)
    assert found.as_of == publication.newest_as_of
