"""The validated version becomes champion, once, and the ledger says so; an interruption is made good."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.ledger import SparkLedger
from lakeloop.lifecycle.promotion import Promotion, PromotionRefusedError, promote

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Interrupted(MlflowClient):
    """Dies just before the alias moves, as a killed worker would."""

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        if alias == registry.CHAMPION:
            raise KeyboardInterrupt
        super().set_registered_model_alias(name, alias, version)


@pytest.fixture(scope="module")
def ledger(spark: "SparkSession", schema: str) -> SparkLedger:
    return SparkLedger(spark, f"{schema}.promotions_{uuid4().hex[:8]}")


@pytest.fixture
def passed(client: MlflowClient, model: str, logged: Any) -> Any:
    """Registers a version that passed; returns it as text."""

    def inner(**tags: str) -> str:
        run_id = logged({"holdout_auc": 0.86}, validation_status="passed", validation_reason="good", **tags)
        return str(registry.register(client, model, run_id).version)

    return inner


def champion(client: MlflowClient, model: str) -> str | None:
    version = registry.champion_version(client, model)
    return None if version is None else str(version.version)


def test_the_first_promotion_starts_from_nothing(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any
) -> None:
    version = passed(data_versions='{"t": 3}', code_revision="abc")

    done = promote(client, ledger, model, version, "airflow:churn_deploy:run", "passed the gate")

    assert str(done) == f"promoted: {model} none -> {version}"
    assert champion(client, model) == version
    assert registry.challenger_version(client, model) is None
    [row] = ledger.rows(model)
    assert row == done.row
    assert (row.who, row.why) == ("airflow:churn_deploy:run", "passed the gate")
    assert (row.from_version, row.to_version) == (None, version)
    assert (row.data_versions, row.code_revision, row.metrics) == ('{"t": 3}', "abc", '{"holdout_auc": 0.86}')


def test_repeating_it_changes_nothing(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any
) -> None:
    version = passed()
    first = promote(client, ledger, model, version, "a", "b")

    again = promote(client, ledger, model, version, "somebody else", "again")

    assert (again.outcome, again.row) == ("unchanged", first.row)
    assert len(ledger.rows(model)) == 1


def test_a_promotion_cut_off_before_the_alias_is_completed_not_repeated(
    store: str, client: MlflowClient, ledger: SparkLedger, model: str, passed: Any
) -> None:
    version = passed()
    with pytest.raises(KeyboardInterrupt):
        promote(Interrupted(store), ledger, model, version, "a", "b")
    assert champion(client, model) is None

    done = promote(client, ledger, model, version, "a", "b")

    assert done.outcome == "completed"
    assert champion(client, model) == version
    assert ledger.rows(model) == [done.row]


def test_forth_and_back_and_forth_again_is_three_rows(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any
) -> None:
    one, two = passed(), passed()

    for version in (one, two, one):
        assert promote(client, ledger, model, version, "a", "b").outcome == "promoted"

    steps = [(row.from_version, row.to_version) for row in ledger.rows(model)]
    assert steps == [(None, one), (one, two), (two, one)]


def test_an_alias_moved_by_hand_is_written_down_by_the_next_promotion(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any
) -> None:
    one, two = passed(), passed()
    promote(client, ledger, model, one, "a", "b")
    client.set_registered_model_alias(model, registry.CHAMPION, two)

    done = promote(client, ledger, model, two, "a", "catch up")

    assert (done.outcome, done.row.from_version, done.row.to_version) == ("promoted", one, two)


def test_a_newer_challenger_keeps_waiting(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any
) -> None:
    one, two = passed(), passed()

    promote(client, ledger, model, one, "a", "b")

    waiting = registry.challenger_version(client, model)
    assert waiting is not None
    assert str(waiting.version) == two


@pytest.mark.parametrize("status", ["refused", None])
def test_a_version_that_did_not_pass_is_refused_and_nothing_changes(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any, logged: Any, status: str | None
) -> None:
    promote(client, ledger, model, passed(), "a", "b")
    weak = registry.register(
        client, model, logged(validation_status="refused", validation_reason="AUC too low")
    )
    if status is None:
        client.delete_model_version_tag(model, weak.version, registry.STATUS)

    with pytest.raises(
        PromotionRefusedError, match=f"has validation_status {status or '.no tag.'}, expected passed"
    ):
        promote(client, ledger, model, str(weak.version), "a", "b")

    assert champion(client, model) == "1"
    assert len(ledger.rows(model)) == 1


@pytest.mark.parametrize("version", ["99", "latest"])
def test_a_version_that_does_not_exist_is_refused(
    client: MlflowClient, ledger: SparkLedger, model: str, passed: Any, version: str
) -> None:
    passed()

    with pytest.raises(PromotionRefusedError, match=f"there is no version {version} of {model}"):
        promote(client, ledger, model, version, "a", "b")

    assert ledger.rows(model) == []


@pytest.mark.parametrize(("who", "why"), [("", "b"), ("a", " ")])
def test_nobody_promotes_for_no_reason(
    client: MlflowClient, ledger: SparkLedger, model: str, who: str, why: str
) -> None:
    with pytest.raises(ValueError, match="needs to say who and why"):
        promote(client, ledger, model, "1", who, why)


def test_a_promotion_reads_as_a_sentence(
    ledger: SparkLedger, client: MlflowClient, model: str, passed: Any
) -> None:
    one, two = passed(), passed()
    promote(client, ledger, model, one, "a", "b")

    done: Promotion = promote(client, ledger, model, two, "a", "b")

    assert str(done) == f"promoted: {model} {one} -> {two}"
