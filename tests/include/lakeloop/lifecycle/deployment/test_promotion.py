"""The validated version becomes champion, once, and the ledger says so; an interruption is made good."""

from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.alias import repair
from lakeloop.lifecycle.deployment.ledger import changes
from lakeloop.lifecycle.deployment.promotion import Promotion, PromotionRefusedError, Request, promote
from tests.include.lakeloop.lifecycle.deployment.conftest import POLICY
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger, events, steps


class DiesAtAlias(MlflowClient):
    """Dies just before the alias moves, as a killed worker would."""

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        if alias == registry.CHAMPION:
            raise KeyboardInterrupt
        super().set_registered_model_alias(name, alias, version)


class DiesAtTag(MlflowClient):
    """Dies when the alias has moved, before the version says so."""

    def set_model_version_tag(self, name: str, version: Any, key: Any, value: Any, stage: Any = None) -> None:  # type: ignore[override]
        if key == registry.PROMOTION_ID:
            raise KeyboardInterrupt
        super().set_model_version_tag(name, version, key, value)


def asked(version: str, who: str = "a", why: str = "b", override: bool = False) -> Request:
    return Request(version, who, why, POLICY, override)


def champion(client: MlflowClient, model: str) -> str | None:
    version = registry.champion_version(client, model)
    return None if version is None else str(version.version)


def test_the_first_promotion_starts_from_nothing(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    version = passed(data_versions='{"t": 3}', code_revision="abc")

    done = promote(client, ledger, model, asked(version, "jane", "passed the gate"))

    assert str(done) == f"promoted: {model} none -> {version}"
    assert champion(client, model) == version
    assert registry.challenger_version(client, model) is None
    [row] = changes(ledger.rows(model))
    assert row == done.row
    assert (row.who, row.why, row.gate_reason) == ("jane", "passed the gate", "AUC 0.86 is enough")
    assert (row.event, row.passed_over) == ("promotion", None)
    assert (row.from_version, row.to_version) == (None, version)
    assert (row.data_versions, row.code_revision, row.metrics) == ('{"t": 3}', "abc", '{"holdout_auc": 0.86}')


def test_repeating_it_changes_nothing(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    version = passed()
    first = promote(client, ledger, model, asked(version))

    again = promote(client, ledger, model, asked(version, "somebody else", "again"))

    assert (again.outcome, again.row) == ("unchanged", first.row)
    assert events(ledger, model) == [("proposal", version), ("promotion", version)]


@pytest.mark.parametrize("dying", [DiesAtAlias, DiesAtTag])
def test_a_promotion_that_was_cut_off_is_completed_not_repeated(
    store: str, client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any, dying: Any
) -> None:
    version = passed()
    with pytest.raises(KeyboardInterrupt):
        promote(dying(store), ledger, model, asked(version))

    done = promote(client, ledger, model, asked(version))

    assert done.outcome == "completed"
    assert champion(client, model) == version
    assert changes(ledger.rows(model)) == [done.row]
    assert client.get_model_version(model, version).tags[registry.PROMOTION_ID] == done.row.promotion_id


def test_a_version_that_met_another_champion_is_refused(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one, two, three = passed(), passed("1"), passed("1")  # two trainings close together
    promote(client, ledger, model, asked(one))
    promote(client, ledger, model, asked(two))

    with pytest.raises(
        PromotionRefusedError, match="was compared with champion 1, and the present champion is 2"
    ):
        promote(client, ledger, model, asked(three))

    assert champion(client, model) == two
    assert len(steps(ledger, model)) == 2


def test_clearing_an_old_run_brings_no_old_version_back(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one, two = passed(), passed("1")
    promote(client, ledger, model, asked(one))
    promote(client, ledger, model, asked(two))
    with pytest.raises(PromotionRefusedError, match="was compared with champion none"):
        promote(client, ledger, model, asked(one))

    promote(client, ledger, model, asked(one, why="two scores too slowly", override=True))
    with pytest.raises(PromotionRefusedError, match="was champion before and has been replaced"):
        promote(client, ledger, model, asked(two))

    assert champion(client, model) == one
    assert steps(ledger, model) == [
        ("promotion", None, one),
        ("promotion", one, two),
        ("promotion", two, one),
    ]


def test_a_verdict_under_another_policy_is_refused(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    version = passed(policy="last 2 periods")

    with pytest.raises(
        PromotionRefusedError, match="judged on: last 2 periods; the present policy is: last 9 periods"
    ):
        promote(client, ledger, model, asked(version))

    assert champion(client, model) is None
    assert events(ledger, model) == [("proposal", version), ("refusal", version)]


def test_a_version_that_does_not_say_whom_it_met_is_refused(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    version = passed()
    client.delete_model_version_tag(model, version, registry.COMPARED_WITH)

    with pytest.raises(PromotionRefusedError, match=r"compared with champion \(no tag\)"):
        promote(client, ledger, model, asked(version))


def test_an_override_says_what_it_passed_over(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    promote(client, ledger, model, asked(passed()))

    done = promote(client, ledger, model, asked(passed("none"), "jane", "one is broken", override=True))

    assert (done.row.who, done.row.why) == ("jane", "one is broken")
    assert done.row.passed_over == "was compared with champion none, and the present champion is 1"


def test_a_champion_moved_by_hand_is_written_down_and_stays(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one, two, three = passed(), passed("1"), passed("1")
    promote(client, ledger, model, asked(one))
    client.set_registered_model_alias(model, registry.CHAMPION, two)

    with pytest.raises(PromotionRefusedError, match="the present champion is 2"):
        promote(client, ledger, model, asked(three))

    assert champion(client, model) == two
    assert steps(ledger, model) == [("promotion", None, one), ("outside_change", one, two)]
    assert changes(ledger.rows(model))[-1].gate_reason == "AUC 0.86 is enough"


def test_a_champion_moved_back_by_hand_is_not_taken_for_a_cut_off_promotion(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one, two = passed(), passed("1")
    promote(client, ledger, model, asked(one))
    promote(client, ledger, model, asked(two))
    client.set_registered_model_alias(model, registry.CHAMPION, one)

    with pytest.raises(PromotionRefusedError, match="was champion before"):
        promote(client, ledger, model, asked(two))  # the cleared task of the promotion of two

    assert champion(client, model) == one
    assert steps(ledger, model)[-1] == ("outside_change", two, one)


def test_a_champion_taken_away_by_hand_is_written_down(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one = passed()
    promote(client, ledger, model, asked(one))
    client.delete_registered_model_alias(model, registry.CHAMPION)

    assert repair(client, ledger, model) is not None
    assert repair(client, ledger, model) is None

    assert steps(ledger, model) == [("promotion", None, one), ("outside_change", one, "none")]
    promote(client, ledger, model, asked(passed()))
    assert ledger.rows(model)[-1].from_version is None


def test_a_champion_that_was_there_before_the_ledger_is_written_down(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one = passed()
    client.set_registered_model_alias(model, registry.CHAMPION, one)

    done = promote(client, ledger, model, asked(one))

    assert (done.outcome, steps(ledger, model)) == ("unchanged", [("outside_change", None, one)])


def test_what_the_ledger_knows_is_no_outside_change(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    assert repair(client, ledger, model) is None
    promote(client, ledger, model, asked(passed()))
    assert repair(client, ledger, model) is None
    promote(client, ledger, model, asked(passed("1")))
    assert repair(client, ledger, model) is None


def test_a_newer_challenger_keeps_waiting(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any
) -> None:
    one, two = passed(), passed()

    promote(client, ledger, model, asked(one))

    waiting = registry.challenger_version(client, model)
    assert waiting is not None
    assert str(waiting.version) == two


@pytest.mark.parametrize("status", ["refused", None])
@pytest.mark.parametrize("override", [True, False])
def test_a_version_that_did_not_pass_is_refused_and_nothing_changes(
    client: MlflowClient,
    ledger: MemoryLedger,
    model: str,
    passed: Any,
    logged: Any,
    status: str | None,
    override: bool,
) -> None:
    promote(client, ledger, model, asked(passed()))
    weak = registry.register(
        client, model, logged(validation_status="refused", validation_reason="AUC too low")
    )
    if status is None:
        client.delete_model_version_tag(model, weak.version, registry.STATUS)

    with pytest.raises(
        PromotionRefusedError, match=f"has validation_status {status or '.no tag.'}, expected passed"
    ):
        promote(client, ledger, model, asked(str(weak.version), override=override))

    assert champion(client, model) == "1"
    assert len(steps(ledger, model)) == 1


@pytest.mark.parametrize("version", ["99", "latest"])
def test_a_version_that_does_not_exist_is_refused(
    client: MlflowClient, ledger: MemoryLedger, model: str, passed: Any, version: str
) -> None:
    passed()

    with pytest.raises(PromotionRefusedError, match=f"there is no version {version} of {model}"):
        promote(client, ledger, model, asked(version))

    assert ledger.rows(model) == []


@pytest.mark.parametrize(("who", "why"), [("", "b"), ("a", " ")])
def test_nobody_promotes_for_no_reason(
    client: MlflowClient, ledger: MemoryLedger, model: str, who: str, why: str
) -> None:
    with pytest.raises(ValueError, match="needs to say who and why"):
        promote(client, ledger, model, asked("1", who, why))


def test_a_promotion_reads_as_a_sentence(
    ledger: MemoryLedger, client: MlflowClient, model: str, passed: Any
) -> None:
    one, two = passed(), passed("1")
    promote(client, ledger, model, asked(one))

    done: Promotion = promote(client, ledger, model, asked(two))

    assert str(done) == f"promoted: {model} {one} -> {two}"
