"""Killed at any step, the next start of anything makes alias and ledger agree, with no row lost or doubled."""

from collections.abc import Callable
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.alias import champion, repair
from lakeloop.lifecycle.deployment.ledger import Ledger, LedgerRow, following, last_change
from lakeloop.lifecycle.deployment.promotion import PromotionRefusedError, Request, promote
from lakeloop.lifecycle.deployment.rollback import RollbackRefusedError, RollbackRequest, rollback
from lakeloop.lifecycle.deployment.verdict import note_verdict
from tests.include.lakeloop.lifecycle.deployment.conftest import POLICY, registered, scores_well
from tests.include.lakeloop.lifecycle.deployment.killing import Killed, Life, MortalClient, MortalLedger
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger, events

Act = Callable[[MlflowClient, Ledger, str], Any]
MOST_STEPS = 12


def promotes(client: MlflowClient, ledger: Ledger, model: str) -> None:
    promote(client, ledger, model, Request("3", "a", "b", POLICY))


def rolls_back(client: MlflowClient, ledger: Ledger, model: str) -> None:
    rollback(client, ledger, model, RollbackRequest("a", "b"), lambda: {"1", "2"}, scores_well)


def registers(client: MlflowClient, ledger: Ledger, model: str) -> None:
    repair(client, ledger, model)
    version = registry.find_version(client, model, "3")
    assert version is not None
    note_verdict(ledger, version, champion(client, model))


def scores(client: MlflowClient, ledger: Ledger, model: str) -> None:
    repair(client, ledger, model)


def two_champions(client: MlflowClient, ledger: MemoryLedger, model: str) -> None:
    """Version 1 was champion, 2 is, and 3 has passed against it and waits."""
    for number, before in (("1", None), ("2", "1")):
        registered(client, model, before or "none")
        row = LedgerRow(who="a", why="b", model=model, from_version=before, to_version=number)
        ledger.append(row := following(ledger.rows(model), row))
        client.set_model_version_tag(model, number, registry.PROMOTION_ID, row.promotion_id)
    client.set_registered_model_alias(model, registry.CHAMPION, "2")
    client.set_registered_model_alias(model, registry.CHALLENGER, registered(client, model, "2"))


def require_agreement(client: MlflowClient, ledger: MemoryLedger, model: str) -> None:
    """Alias and ledger name one champion, whose change is marked as done, and no row is there twice."""
    rows = ledger.rows(model)
    last = last_change(rows)
    assert last is not None
    assert champion(client, model) == last.champion
    version = registry.find_version(client, model, last.to_version)
    assert version is not None
    assert version.tags[registry.PROMOTION_ID] == last.promotion_id
    verdicts = [(row.event, row.to_version) for row in rows if row.event == "proposal"]
    assert len(verdicts) == len(set(verdicts))
    assert len({row.promotion_id for row in rows}) == len(rows)
    waiting = registry.challenger_version(client, model)
    assert waiting is None or str(waiting.version) != last.champion


@pytest.mark.parametrize("after", [promotes, rolls_back, registers, scores])
@pytest.mark.parametrize(("act", "becomes"), [(promotes, "3"), (rolls_back, "1")])
def test_whatever_starts_next_completes_what_was_cut_off(
    store: str, client: MlflowClient, model: str, act: Act, becomes: str, after: Act
) -> None:
    for step in range(MOST_STEPS):
        ledger, name = MemoryLedger(), f"{model}_{step}"
        two_champions(client, ledger, name)
        life = Life(step)
        try:
            act(MortalClient(store, life), MortalLedger(ledger, life), name)
        except Killed:
            pass
        else:
            assert step >= 3  # at least row, alias, tag
            break
        decided = last_change(ledger.rows(name))

        try:
            after(client, ledger, name)
        except (PromotionRefusedError, RollbackRefusedError):
            assert after is not act
        require_agreement(client, ledger, name)
        if after in (registers, scores):
            assert decided is not None
            assert champion(client, name) == decided.champion
            if act is rolls_back:  # the person gives the command again: it is not one more step
                act(client, ledger, name)
                assert champion(client, name) == becomes
        if after is act:
            assert champion(client, name) == becomes
            assert (
                len([event for event, _ in events(ledger, name) if event in ("promotion", "rollback")]) == 3
            )
    else:
        raise AssertionError(f"not at its end after {MOST_STEPS} steps")


def test_a_repair_that_is_killed_itself_is_made_good_too(
    store: str, client: MlflowClient, model: str
) -> None:
    for first in range(2, 5):
        for second in range(3):
            ledger, name = MemoryLedger(), f"{model}_{first}_{second}"
            two_champions(client, ledger, name)
            for act, step in ((promotes, first), (scores, second)):
                life = Life(step)
                try:
                    act(MortalClient(store, life), MortalLedger(ledger, life), name)
                except Killed:
                    continue

            scores(client, ledger, name)

            require_agreement(client, ledger, name)


def test_a_verdict_is_written_down_once_and_a_new_one_again(client: MlflowClient, model: str) -> None:
    ledger = MemoryLedger()
    number = registered(client, model)

    def note() -> None:
        version = registry.find_version(client, model, number)
        assert version is not None
        note_verdict(ledger, version, None)

    note()
    note()
    assert events(ledger, model) == [("proposal", number)]
    for status in (registry.REFUSED, registry.PASSED):
        client.set_model_version_tag(model, number, registry.STATUS, status)
        note()
        note()
    assert events(ledger, model) == [("proposal", number), ("refusal", number), ("proposal", number)]
    assert ledger.rows(model)[1].refusal == "AUC 0.86"
