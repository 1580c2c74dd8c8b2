"""Scoring waits for a first champion by skipping."""

from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop_airflow.operators.champion import ChampionOperator
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger, steps


@pytest.fixture
def operator(use_case: UseCase, target: Target, monkeypatch: pytest.MonkeyPatch) -> ChampionOperator:
    """With a ledger in memory; the one behind a warehouse is in tests/integration."""
    monkeypatch.setattr(ChampionOperator, "ledger", MemoryLedger())
    return ChampionOperator(
        task_id="champion", use_case=use_case, target=target, date=datetime.now(UTC).date().isoformat()
    )


def test_the_champion_is_named(
    operator: ChampionOperator, client: MlflowClient, version: Any, model: str
) -> None:
    version()
    champion = version()
    client.set_registered_model_alias(model, "champion", champion)
    version()

    assert operator.execute({}) == champion
    assert steps(operator.ledger, model) == [("outside_change", None, champion)]


def test_without_a_model_the_night_is_skipped(
    operator: ChampionOperator, client: MlflowClient, model: str
) -> None:
    with pytest.raises(AirflowSkipException, match=f"{model} had no champion at"):
        operator.execute({})


def test_with_versions_but_no_champion_too(
    operator: ChampionOperator, client: MlflowClient, version: Any, model: str
) -> None:
    version()

    with pytest.raises(AirflowSkipException, match=f"{model} had no champion at"):
        operator.execute({})


def test_a_person_may_name_the_version(operator: ChampionOperator) -> None:
    operator.model_version = "7"

    assert operator.execute({}) == "7"
