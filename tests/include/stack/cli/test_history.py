"""How the ledger looks on a terminal, and which nights are named after a rollback."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lakeloop.config import Target, load_target, load_use_case
from lakeloop.lifecycle.deployment.bad_nights import BadNight
from lakeloop.lifecycle.deployment.ledger import LedgerRow
from lakeloop_stack.cli import champion
from lakeloop_stack.cli.card import card_of
from lakeloop_stack.cli.history import as_text, print_table
from lakeloop_stack.cli.rescore import NoAirflowError, airflow_of, say_nights, start_nights
from lakeloop_stack.cli.warehouse import warehouse_of
from lakeloop_stack.machine.ports import free_ports
from lakeloop_stack.supervisor.readiness import StackError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def row(event: str, to_version: str, before: str | None = None, **more: str) -> LedgerRow:
    return LedgerRow(
        who="jane", why="a [good] one", model="m", from_version=before, to_version=to_version, event=event,
        promoted_at=NOON, **more,
    )  # fmt: skip


ROWS = [
    row("proposal", "2", "1", gate_reason="AUC 0.86 is enough"),
    row("promotion", "2", "1", passed_over="was compared with champion none"),
    row("refusal", "3", "2", refusal="AUC 0.70 is below 0.80"),
    row("rollback", "1", "2", probe="scored 20 rows"),
]


def test_each_row_is_a_line_that_says_what_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("m", "1", ROWS)

    said = capsys.readouterr().out
    for text in (
        "a [good] one",
        "2 -> 1",
        "AUC 0.86 is enough",
        "passed over: was",
        "AUC 0.70",
        "scored 20 rows",
    ):
        assert text in said
    assert "Champion: 1, in the registry and in the ledger." in said


def test_a_long_sentence_is_shortened_and_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "AUC 0.86 is enough; " + "; ".join(f"check {number} passed" for number in range(40))
    promoted = replace(row("promotion", "2", "1", gate_reason=reason), why=reason)

    print_table("m", "2", [promoted])

    said = capsys.readouterr().out
    assert said.count("AUC 0.86 is enough") == 1
    assert "…" in said
    assert "check 39" not in said
    assert "--json has the sentences in full" in said
    assert reason in as_text("m", "2", [promoted])


def test_where_both_disagree_it_says_what_puts_it_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("m", "2", ROWS)

    said = " ".join(capsys.readouterr().out.split())
    assert "Champion: 2 in the registry, 1 in the ledger. A change was cut off" in said


def test_as_json_a_row_has_the_columns_of_the_ledger() -> None:
    shown = json.loads(as_text("m", "1", ROWS))

    assert (shown["model"], shown["champion"], len(shown["rows"])) == ("m", "1", 4)
    assert shown["rows"][3]["promoted_at"] == "2026-01-01T12:00:00+00:00"
    assert (shown["rows"][3]["event"], shown["rows"][3]["probe"]) == ("rollback", "scored 20 rows")


def test_each_bad_night_is_named_with_its_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    nights = [BadNight("2017-12-02", NOON, 30, "2017-12-03"), BadNight("2017-12-09", NOON, 7, None)]

    say_nights(load_use_case("churn"), nights, "1")

    said = capsys.readouterr().out
    assert 'as_of=2017-12-02 (30 rows): {"date": "2017-12-03", "model_version": "1"}' in said
    assert "as_of=2017-12-09 (7 rows): (no date leads to it any more)" in said


def test_of_another_target_the_airflow_is_not_known() -> None:
    with pytest.raises(NoAirflowError, match="trigger churn_score with the parameters that"):
        start_nights(load_use_case("churn"), load_target("prod"), [], "1")


def test_an_airflow_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKELOOP_HOME", str(tmp_path))
    monkeypatch.setenv("LAKELOOP_AIRFLOW_PORT", str(free_ports(1)[0]))

    with pytest.raises(
        NoAirflowError, match=r"Airflow does not answer at http://.* start it with lakeloop up"
    ):
        airflow_of(load_use_case("churn"), load_target("local"))


def test_without_its_airflow_nothing_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nights that cannot be scored again are said before the switch: the same command would not be given again."""
    monkeypatch.setattr("lakeloop_stack.cli.champion._warehouse", lambda target: pytest.fail("went on"))

    with pytest.raises(NoAirflowError, match="the Airflow of target prod is not known here"):
        champion.rollback("churn", "scores jumped", recompute=True, target="prod")


@pytest.mark.parametrize(
    "command",
    [
        lambda target: warehouse_of(target).__enter__(),
        lambda target: card_of("churn", None, False, target.name),
    ],
)
def test_a_stack_that_is_not_up_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[[Target], Any]
) -> None:
    monkeypatch.setenv("LAKELOOP_HOME", str(tmp_path))
    monkeypatch.setenv("LAKELOOP_MLFLOW_PORT", str(free_ports(1)[0]))

    with pytest.raises(StackError, match=r"MLflow does not answer on port .* with lakeloop up"):
        command(load_target("local"))
