"""``make test``: every test, in rows that run side by side on one stack.

A row of tests on a stack waits for it a third of its time; a second row has the processor meanwhile. What a row prints
goes to ``build/tests/<row>.log``, and is shown when the row has ended.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT, stack_in

LOGS = ROOT / "build" / "tests"
MAKE = ("make", "--no-print-directory", "--keep-going")
PYTEST = (sys.executable, "-m", "pytest", "--durations=25")
WALK_THROUGH = "tests/e2e/test_walk_through.py"
FEATURES = "tests/integration/dbt_project"
BAD_LINE = re.compile(r"^(FAILED|ERROR) |^\S+: error: |^make: \*\*\*")


@dataclass(frozen=True)
class Row:
    """Commands that run one after the other, each whatever became of the one before."""

    name: str
    commands: tuple[tuple[str, ...], ...]

    @property
    def log(self) -> Path:
        """What its commands print."""
        return LOGS / f"{self.name}.log"


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    row: Row
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.row.name:14} {'passed' if self.passed else 'FAILED'} {self.seconds:6.0f} s"


# Rounds, one after the other, of rows that run side by side.
ON_ONE_STACK: tuple[tuple[Row, ...], ...] = (
    (
        Row(
            "clients",
            (
                (*PYTEST, "tests/conformance", "-m", "not whole_suite and not alone"),
                (*PYTEST, "tests/e2e", f"--ignore={WALK_THROUGH}"),
                (*PYTEST, FEATURES),
                (*MAKE, "types"),
            ),
        ),
        Row("product", ((*MAKE, "unit-product"), (*PYTEST, "tests/integration", f"--ignore={FEATURES}"))),
    ),
    # It writes a use case into the repository, which no other test of the product may find there.
    (Row("walk-through", ((*PYTEST, WALK_THROUGH),)), Row("packages", ((*MAKE, "unit-packages"),))),
    (Row("alone", ((*PYTEST, "tests/conformance", "-m", "alone"),)),),
)
# They stop and kill the stack of their session.
FAULTS = Row("faults", ((*PYTEST, "tests/faults"),))


def main() -> int:
    """Runs all rounds, says what became of each row; 0 when all passed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with _stack() as environment:
        outcomes = [outcome for rows in ON_ONE_STACK for outcome in side_by_side(rows, environment)]
    outcomes += side_by_side((FAULTS,), dict(os.environ))
    print(summary(outcomes), flush=True)
    return int(not all(outcome.passed for outcome in outcomes))


@contextmanager
def _stack() -> Iterator[dict[str, str]]:
    """A running stack; the environment that makes pytest use it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.environ.get("LAKELOOP_TEST_HOME") or folder)
        with stack_in(home) as variables:
            file = Path(folder, "environment.json")
            file.write_text(json.dumps(variables), encoding="utf-8")
            yield {**os.environ, "LAKELOOP_TEST_ENV": str(file)}


def side_by_side(rows: Sequence[Row], environment: dict[str, str]) -> list[Outcome]:
    """Runs rows at once; shows what each printed when it has ended."""
    for row in rows:
        print(f"{row.name}: running, see build/tests/{row.name}.log", flush=True)
    outcomes = []
    with ThreadPoolExecutor(len(rows)) as pool:
        for ended in as_completed([pool.submit(run, row, environment) for row in rows]):
            outcomes.append(ended.result())
            print(f"{outcomes[-1].row.log.read_text(encoding='utf-8')}\n{outcomes[-1]}", flush=True)
    return outcomes


def run(row: Row, environment: dict[str, str]) -> Outcome:
    """Runs the commands of a row into its log."""
    begun = time.monotonic()
    with row.log.open("wb") as log:
        codes = [
            subprocess.run(
                command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
            ).returncode
            for command in row.commands
        ]
    return Outcome(row, not any(codes), time.monotonic() - begun)


def summary(outcomes: Sequence[Outcome]) -> str:
    """A line a row, and of rows that failed the lines that say what did."""
    lines = ["", *map(str, outcomes)]
    for outcome in outcomes:
        if not outcome.passed:
            told = outcome.row.log.read_text(encoding="utf-8").splitlines()
            lines += ["", f"{outcome.row.name}:", *(line for line in told if BAD_LINE.search(line))]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
