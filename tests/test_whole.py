"""``make test`` runs every test that is there, once, and says which failed."""

import os
import sys
from pathlib import Path

import pytest

from tests import whole
from tests.whole import FAULTS, ON_ONE_STACK, Row, side_by_side, summary

ROOT = Path(__file__).resolve().parents[1]


def command(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(whole, "LOGS", tmp_path)
    return tmp_path


def test_every_folder_of_tests_on_a_stack_is_in_a_row() -> None:
    rows = [row for rows in (*ON_ONE_STACK, (FAULTS,)) for row in rows]
    parts = [part for row in rows for command in row.commands for part in command]

    on_a_stack = {"tests/conformance", "tests/integration", "tests/e2e", "tests/faults"}
    apart = [whole.WALK_THROUGH, whole.FEATURES]
    assert {part for part in parts if part.startswith("tests/")} == {*on_a_stack, *apart}
    assert {f"--ignore={path}" for path in apart} <= set(parts)
    assert {"unit-product", "unit-packages", "types"} <= set(parts)
    assert all((ROOT / path).exists() for path in apart)


def test_rows_run_at_the_same_time(logs: Path) -> None:
    waits = (
        "import pathlib, time; here = pathlib.Path({!r}); (here / '{}').touch()\n"
        "while not (here / '{}').exists(): time.sleep(0.01)"
    )
    rows = [
        Row("first", (command(waits.format(str(logs), "a", "b")),)),
        Row("second", (command(waits.format(str(logs), "b", "a")),)),
    ]

    assert all(outcome.passed for outcome in side_by_side(rows, dict(os.environ)))


def test_a_command_that_fails_fails_its_row_and_what_comes_after_it_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing = command("print('FAILED tests/test_it.py::test_one - assert 1 == 2'); raise SystemExit(1)")
    rows = [
        Row("bad", (failing, command("print('ran all the same')"))),
        Row("good", (command("print('fine')"),)),
    ]

    outcomes = side_by_side(rows, dict(os.environ))

    assert {outcome.row.name: outcome.passed for outcome in outcomes} == {"bad": False, "good": True}
    assert {"ran all the same", "fine"} <= set(capsys.readouterr().out.splitlines())
    told = summary(outcomes)
    assert "bad            FAILED" in told
    assert "good           passed" in told
    assert told.endswith("bad:\nFAILED tests/test_it.py::test_one - assert 1 == 2")
