"""A rollback that began at the endpoint is completed by whatever starts next, and is there once."""

import json
from dataclasses import asdict

from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.instant import PENDING, Note
from lakeloop.lifecycle.deployment.promotion import Request, promote
from tests.include.lakeloop.lifecycle.deployment.conftest import POLICY, registered
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger, steps


def _promoted(client: MlflowClient, ledger: MemoryLedger, model: str) -> tuple[str, str]:
    first = registered(client, model)
    promote(client, ledger, model, Request(first, "jane", "first", POLICY))
    second = registered(client, model, met=first)
    promote(client, ledger, model, Request(second, "jane", "better", POLICY))
    return first, second


def _aliases(client: MlflowClient, model: str) -> dict[str, str]:
    return {name: str(number) for name, number in client.get_registered_model(model).aliases.items()}


def _noted(client: MlflowClient, model: str, note: Note) -> None:
    client.set_registered_model_tag(model, PENDING, json.dumps(asdict(note)))


def test_a_promotion_names_the_version_that_served_before(
    client: MlflowClient, ledger: MemoryLedger, model: str
) -> None:
    first, second = _promoted(client, ledger, model)

    aliases = _aliases(client, model)

    assert (aliases[registry.CHAMPION], aliases[registry.PREVIOUS]) == (second, first)


def test_a_note_becomes_the_ledgers_row_and_moves_the_alias(
    client: MlflowClient, ledger: MemoryLedger, model: str
) -> None:
    first, second = _promoted(client, ledger, model)
    _noted(client, model, Note("jane", "scores jumped", second, first, "it answered"))

    repaired = alias.repair(client, ledger, model)

    assert repaired is not None
    assert repaired.outcome == "completed"
    assert steps(ledger, model)[-1] == ("rollback", second, first)
    row = ledger.rows(model)[-1]
    assert (row.who, row.why, row.probe) == ("jane", "scores jumped", "it answered")
    aliases = _aliases(client, model)
    assert (aliases[registry.CHAMPION], aliases[registry.PREVIOUS]) == (first, second)
    assert registry.model_tag(client, model, PENDING) is None


def test_killed_between_row_alias_and_note_it_is_written_down_once(
    client: MlflowClient, ledger: MemoryLedger, model: str
) -> None:
    first, second = _promoted(client, ledger, model)
    note = Note("jane", "scores jumped", second, first)
    for _ in range(2):  # the second time as if it had been killed before the note was taken away
        _noted(client, model, note)
        alias.repair(client, ledger, model)

    assert [step[0] for step in steps(ledger, model)] == ["promotion", "promotion", "rollback"]
    assert alias.champion(client, model) == first


def test_a_note_that_the_champion_has_left_behind_changes_nothing(
    client: MlflowClient, ledger: MemoryLedger, model: str
) -> None:
    first, second = _promoted(client, ledger, model)
    _noted(client, model, Note("jane", "late", first, second))

    assert alias.repair(client, ledger, model) is None
    assert alias.champion(client, model) == second
    assert registry.model_tag(client, model, PENDING) is None
