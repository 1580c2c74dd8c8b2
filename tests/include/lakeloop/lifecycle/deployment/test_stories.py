"""Proposals, refusals, promotions, outside changes, rollbacks and kills in any order, against a few lines of rules."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.alias import champion, repair
from lakeloop.lifecycle.deployment.ledger import changes, last_change
from lakeloop.lifecycle.deployment.promotion import PromotionRefusedError, Request, promote
from lakeloop.lifecycle.deployment.rollback import RollbackRefusedError, RollbackRequest, rollback
from lakeloop.lifecycle.deployment.served import note_service
from lakeloop.lifecycle.deployment.verdict import note_verdict
from tests.include.lakeloop.lifecycle.deployment.conftest import POLICY, registered, scores_well
from tests.include.lakeloop.lifecycle.deployment.killing import Killed, Life, MortalClient, MortalLedger
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger

STEP = st.one_of(st.none(), st.integers(0, 5))
ANY = st.integers(0, 20)


class Stories(RuleBasedStateMachine):
    """The rules: `champions` in order, who `met` whom, who `passed`, who `served`."""

    uri = ""

    def __init__(self) -> None:
        super().__init__()
        self.client, self.ledger, self.model = (
            MlflowClient(self.uri),
            MemoryLedger(),
            f"story_{uuid4().hex[:8]}",
        )
        self.met: list[str | None] = []
        self.passed: list[bool] = []
        self.served: set[str] = set()
        self.champions: list[str] = []

    @property
    def present(self) -> str | None:
        return self.champions[-1] if self.champions else None

    @rule(passes=st.booleans())
    def propose(self, passes: bool) -> None:
        status = registry.PASSED if passes else registry.REFUSED
        number = registered(self.client, self.model, self.present or "none", status)
        self.met.append(self.present)
        self.passed.append(passes)
        version = registry.find_version(self.client, self.model, number)
        assert version is not None
        note_verdict(self.ledger, version, self.present)

    @precondition(lambda self: self.champions)
    @rule()
    def score_a_night(self) -> None:
        version = registry.champion_version(self.client, self.model)
        assert version is not None
        note_service(self.client, version, datetime.now(UTC))
        self.served.add(self.champions[-1])

    @precondition(lambda self: self.met)
    @rule(which=ANY, step=STEP)
    def promote(self, which: int, step: int | None) -> None:
        number = str(which % len(self.met) + 1)
        may = self.passed[int(number) - 1] and self.met[int(number) - 1] == self.present
        may = may and number not in self.champions
        self._killed_at(step, promote, Request(number, "a", "b", POLICY))
        self._went_to(number if may else None, certain=step is None)

    @precondition(lambda self: self.champions)
    @rule(step=STEP)
    def roll_back(self, step: int | None) -> None:
        before = [number for number in self.champions if number != self.present and number in self.served]
        self._killed_at(step, rollback, RollbackRequest("a", "b"), (), scores_well)
        may = bool(before) and self.passed[int(before[-1]) - 1]  # one that was refused comes by hand only
        self._went_to(before[-1] if may else None, certain=step is None)

    @precondition(lambda self: self.met)
    @rule(which=ANY)
    def move_the_alias(self, which: int) -> None:
        number = str(which % len(self.met) + 1)
        self.client.set_registered_model_alias(self.model, registry.CHAMPION, number)
        repair(self.client, self.ledger, self.model)
        if number != self.present:
            self.champions.append(number)

    def _killed_at(self, step: int | None, act: Any, *arguments: Any) -> None:
        life = Life(step)
        client, ledger = MortalClient(self.uri, life), MortalLedger(self.ledger, life)
        with suppress(Killed, PromotionRefusedError, RollbackRefusedError):
            act(client, ledger, self.model, *arguments)
        repair(self.client, self.ledger, self.model)  # the next start of anything

    def _went_to(self, number: str | None, certain: bool) -> None:
        """`number` is champion now, or, killed before that was decided, the one that was; None: nothing may change."""
        now = champion(self.client, self.model)
        if now != self.present:
            assert now is not None
            assert now == number
            self.champions.append(now)
        else:
            assert number is None or not certain

    @invariant()
    def alias_and_ledger_say_what_the_rules_say(self) -> None:
        rows = self.ledger.rows(self.model)
        last = last_change(rows)
        assert (last.champion if last else None) == self.present
        if self.met:
            assert champion(self.client, self.model) == self.present
        assert [row.to_version for row in changes(rows)] == self.champions
        assert len([row for row in rows if row.event == "proposal"]) == sum(self.passed)
        assert [row.previous_id for row in rows[1:]] == [row.promotion_id for row in rows[:-1]]
        assert sorted(row.promoted_at for row in rows) == [row.promoted_at for row in rows]


@pytest.mark.usefixtures("client")
def test_any_story_ends_with_one_champion_that_the_ledger_knows(store: str) -> None:
    Stories.uri = store
    few = settings(
        max_examples=12,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )

    run_state_machine_as_test(Stories, settings=few)
