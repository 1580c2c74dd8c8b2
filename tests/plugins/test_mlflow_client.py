"""Operators ask the servers that the target names, with the connection's token."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Target, UseCase, load_target
from lakeloop.lifecycle import registry
from lakeloop_airflow.mlflow_client import mlflow_client
from lakeloop_airflow.operators.champion import ChampionOperator
from lakeloop_airflow.operators.gate import ValidationGateOperator
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger
from tests.plugins.unity_catalog import UnityCatalog, unity_catalog

prod = load_target("prod")


@pytest.fixture
def catalog(use_case: UseCase, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnityCatalog]:
    """The registry of prod, at the address of the Databricks connection; the environment knows nothing of it."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with unity_catalog(prod.model_name(use_case)) as server:
        connection = {
            "conn_type": "databricks",
            "schema": "http",
            "host": "127.0.0.1",
            "port": server.server_address[1],
            "password": "from-the-connection",
        }
        monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", json.dumps(connection))
        yield server


def gate(use_case: UseCase, run_id: str) -> ValidationGateOperator:
    return ValidationGateOperator(task_id="gate", use_case=use_case, target=prod, workflow_run_id=run_id)


def test_the_champion_is_found_in_unity_catalog_with_the_connections_token(
    catalog: UnityCatalog, use_case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChampionOperator, "ledger", MemoryLedger())
    catalog.add("a")
    catalog.add("b")
    catalog.champion("2")

    today = datetime.now(UTC).date().isoformat()
    assert ChampionOperator(task_id="champion", use_case=use_case, target=prod, date=today).execute({}) == "2"
    assert catalog.authorizations == {"Bearer from-the-connection"}
    assert "DATABRICKS_TOKEN" not in os.environ


def test_the_gate_reads_the_tags_that_a_search_in_unity_catalog_leaves_out(
    catalog: UnityCatalog, use_case: UseCase
) -> None:
    for number in range(5):
        catalog.add(
            f"run{number}", job_run_id=str(number), validation_status="refused", validation_reason="weak"
        )

    pushed: dict[str, str] = {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))

    assert gate(use_case, "3").choose_branch({"ti": ti}) == "refused"
    assert pushed == {"version": "4", "reason": "weak"}


def test_the_version_of_a_run_is_found_on_any_page(catalog: UnityCatalog, use_case: UseCase) -> None:
    for number in range(5):
        catalog.add(f"run{number}", job_run_id=str(number))

    with mlflow_client(prod) as client:
        found: Any = registry.version_of_run(client, prod.model_name(use_case), "run4")
        assert (str(found.version), found.tags) == ("5", {"job_run_id": "4"})
        assert registry.version_of_run(client, prod.model_name(use_case), "nobody") is None


def test_without_any_server_it_refuses_instead_of_making_one(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    with pytest.raises(
        AirflowFailException, match="local names no MLflow and MLFLOW_TRACKING_URI is not set"
    ):
        mlflow_client(target).__enter__()
