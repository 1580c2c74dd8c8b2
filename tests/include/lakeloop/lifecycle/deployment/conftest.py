"""A ledger in memory, and versions that the gate let through."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.probe import Probe
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger

POLICY = "last 9 periods"
Passed = Callable[..., str]


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def passed(client: MlflowClient, model: str, logged: Any) -> Passed:
    """Registers a version that passed against the given champion; returns it as text."""

    def inner(met: str = "none", policy: str = POLICY, **tags: str) -> str:
        verdict = {"validation_status": "passed", "validation_reason": "AUC 0.86 is enough"}
        met_on = {"compared_with_champion": met, "holdout_policy": policy}
        run_id = logged({"holdout_auc": 0.86}, **verdict, **met_on, **tags)
        return str(registry.register(client, model, run_id).version)

    return inner


def registered(client: MlflowClient, model: str, met: str = "none", status: str = "passed") -> str:
    """A version with a verdict of the gate, whose model nobody loads; returns it as text."""
    with suppress(MlflowException):  # it is there from an earlier version on
        client.create_registered_model(model)
    tags = {"validation_status": status, "validation_reason": "AUC 0.86", "compared_with_champion": met}
    version = client.create_model_version(model, "file:///nowhere", tags=tags | {"holdout_policy": POLICY})
    return str(version.version)


def scores_well(version: ModelVersion) -> Probe:
    """A version that shows that it can score; the real probe is tested on its own."""
    return Probe(5, 20, "2017-12-09", 0.1, 0.9)
