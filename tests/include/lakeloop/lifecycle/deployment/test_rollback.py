"""The champion that served before comes back, and only one that may and can serve."""

from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.alias import champion
from lakeloop.lifecycle.deployment.ledger import champion_at, changes
from lakeloop.lifecycle.deployment.probe import Probe, ProbeFailedError
from lakeloop.lifecycle.deployment.promotion import PromotionRefusedError, Request, promote
from lakeloop.lifecycle.deployment.rollback import (
    Rollback,
    RollbackRefusedError,
    RollbackRequest,
    rollback,
    rolled_back_from,
)
from lakeloop.lifecycle.deployment.served import SERVED_UNTIL
from tests.include.lakeloop.lifecycle.deployment.conftest import POLICY, registered, scores_well
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger, events, steps


class Story:
    """A model, its champions, and shorthands for what is done with them."""

    def __init__(self, client: MlflowClient, ledger: MemoryLedger, model: str) -> None:
        self.client, self.ledger, self.model = client, ledger, model

    def promoted(self, serves: bool = True) -> str:
        """One more version becomes champion and, unless it does not, scores a night."""
        present = champion(self.client, self.model) if self.ledger.rows(self.model) else None
        number = registered(self.client, self.model, present or "none")
        promote(self.client, self.ledger, self.model, Request(number, "a", "b", POLICY))
        if serves:
            self.client.set_model_version_tag(self.model, number, SERVED_UNTIL, "2026-01-01T00:00:00+00:00")
        return number

    def back(
        self, to: str | None = None, try_out: Any = scores_well, why: str = "bad nights", **more: Any
    ) -> Rollback:
        request = RollbackRequest("jane", why, to, **more)
        return rollback(self.client, self.ledger, self.model, request, set, try_out)

    @property
    def champion(self) -> str | None:
        return champion(self.client, self.model)


@pytest.fixture
def story(client: MlflowClient, ledger: MemoryLedger, model: str) -> Story:
    return Story(client, ledger, model)


def test_it_goes_to_the_version_that_served_before_and_says_so(story: Story) -> None:
    one, two = story.promoted(), story.promoted()

    done = story.back()

    assert (done.outcome, done.serves, story.champion) == ("rolled_back", one, one)
    row = story.ledger.rows(story.model)[-1]
    assert (row.event, row.from_version, row.to_version) == ("rollback", two, one)
    assert (row.who, row.why) == ("jane", "bad nights")
    assert row.probe == "scored 5 rows of its example, and 20 rows as of 2017-12-09: 0.1000 to 0.9000"
    assert str(done).endswith(f"version {one} serves now")


def test_one_that_never_served_is_passed_by(story: Story) -> None:
    one, _, _ = story.promoted(), story.promoted(serves=False), story.promoted()

    assert story.back().serves == one


def test_of_nights_from_before_the_tag_the_scores_tell(story: Story) -> None:
    one, _ = story.promoted(serves=False), story.promoted()

    done = rollback(
        story.client, story.ledger, story.model, RollbackRequest("a", "b"), lambda: {one}, scores_well
    )

    assert done.serves == one


def test_rolling_back_a_rollback_goes_to_what_served_before_it(story: Story) -> None:
    _, two, three = story.promoted(), story.promoted(), story.promoted()

    assert [story.back(why=why).serves for why in ("bad", "2 is worse", "no, 3 is")] == [two, three, two]
    assert rolled_back_from(story.ledger.rows(story.model)) is not None


def test_any_earlier_champion_may_be_named(story: Story) -> None:
    one, _, _ = story.promoted(serves=False), story.promoted(), story.promoted()

    assert story.back(to=one).serves == one


def test_a_champion_that_was_taken_away_comes_back(story: Story) -> None:
    one = story.promoted()
    story.client.delete_registered_model_alias(story.model, registry.CHAMPION)

    assert story.back().serves == one


def test_the_same_request_is_carried_out_once(story: Story) -> None:
    one, _ = story.promoted(), story.promoted()

    again = [story.back(id="churn_rollback:manual"), story.back(id="churn_rollback:manual")]

    assert [done.outcome for done in again] == ["rolled_back", "completed"]
    assert story.champion == one


def test_a_command_that_is_given_again_does_not_undo_itself(story: Story) -> None:
    """It may have been killed before it said anything, or somebody does not trust what it said."""
    one, two = story.promoted(), story.promoted()

    assert [story.back().outcome, story.back().outcome] == ["rolled_back", "completed"]
    assert story.champion == one
    assert story.back(why="1 is worse").serves == two


def test_a_rollback_that_others_went_on_from_is_not_called_done(story: Story) -> None:
    one, two = story.promoted(), story.promoted()
    story.back(id="churn_rollback:manual")
    story.back(to=two, why="2 was not to blame")

    with pytest.raises(
        RollbackRefusedError, match=f"a rollback has moved the champion since, from {one} to {two}"
    ):
        story.back(id="churn_rollback:manual")
    assert story.champion == two


def refusal(story: Story, **asked: Any) -> str:
    """What is said; the champion stays."""
    before = story.champion
    with pytest.raises(RollbackRefusedError) as refused:
        story.back(**asked)
    assert story.champion == before
    assert "rollback" not in [event for event, _ in events(story.ledger, story.model)]
    return str(refused.value)


def test_nothing_behind_it_is_said(story: Story) -> None:
    assert "no earlier champion has served. Champions before were: none" in refusal(story)
    story.promoted()
    assert "there is nothing behind the champion" in refusal(story)
    story.promoted()
    story.client.delete_model_version_tag(story.model, "1", SERVED_UNTIL)
    assert "Champions before were: 1 (never scored a night)" in refusal(story)


def test_versions_that_cannot_be_gone_to_are_named(story: Story) -> None:
    story.promoted(), story.promoted()
    waiting = registered(story.client, story.model, "2")

    assert "there is no version 99 of" in refusal(story, to="99")
    assert "version 2 of" in (said := refusal(story, to="2"))
    assert "is the champion already; before it were: 1" in said
    assert "was never champion" in refusal(story, to=waiting)
    story.client.set_model_version_tag(story.model, "1", registry.STATUS, registry.REFUSED)
    assert "has validation_status refused by now: AUC 0.86" in refusal(story)
    story.client.delete_model_version(story.model, "1")
    assert "Champions before were: 1 (deleted)" in refusal(story)
    assert "there is no version 1 of" in refusal(story, to="1")


def test_nobody_rolls_back_for_no_reason(story: Story) -> None:
    with pytest.raises(RollbackRefusedError, match="needs to say who and why"):
        rollback(story.client, story.ledger, story.model, RollbackRequest("a", " "), set, scores_well)


def test_one_that_cannot_score_is_refused_and_the_refusal_written_down_once(story: Story) -> None:
    def fails(version: ModelVersion) -> Probe:
        raise ProbeFailedError("version 1 cannot be loaded: OSError: no such file")

    story.promoted(), story.promoted()

    assert "cannot be loaded: OSError: no such file. The champion stays." in refusal(story, try_out=fails)
    refusal(story, try_out=fails)

    last = story.ledger.rows(story.model)[-1]
    assert events(story.ledger, story.model)[-2:] == [("promotion", "2"), ("refusal", "1")]
    assert (last.who, last.why, last.from_version) == ("jane", "bad nights", "2")
    assert "no such file" in (last.refusal or "")


def test_what_was_rolled_back_does_not_come_back_by_its_old_verdict(story: Story) -> None:
    story.promoted(), story.promoted()
    story.back()
    stale = Request("2", "airflow", "passed", POLICY)
    story.client.set_model_version_tag(story.model, "2", registry.COMPARED_WITH, "1")

    with pytest.raises(PromotionRefusedError, match="was champion before and has been replaced"):
        promote(story.client, story.ledger, story.model, stale)
    assert story.champion == "1"


def test_a_version_that_met_the_bad_one_has_to_meet_the_present_one(story: Story) -> None:
    story.promoted(), story.promoted()
    waiting = registered(story.client, story.model, "2")
    story.back()

    with pytest.raises(
        PromotionRefusedError, match="was compared with champion 2, and the present champion is 1"
    ):
        promote(story.client, story.ledger, story.model, Request(waiting, "a", "b", POLICY))
    after = registered(story.client, story.model, "1")
    promote(story.client, story.ledger, story.model, Request(after, "a", "b", POLICY))
    assert story.champion == after


def test_a_night_before_the_rollback_keeps_the_champion_that_it_had(story: Story) -> None:
    one, two = story.promoted(), story.promoted()
    story.back()

    rows = story.ledger.rows(story.model)
    promoted, back = [row for row in changes(rows) if row.from_version]
    assert champion_at(rows, promoted.promoted_at) == two
    assert champion_at(rows, back.promoted_at) == one
    assert steps(story.ledger, story.model)[-1] == ("rollback", two, one)
