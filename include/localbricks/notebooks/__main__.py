"""`python -m include.localbricks.notebooks <run folder>`: exit code 0 when the notebook ran to its end or exit."""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cells import Cell, Planner
from .outcome import Outcome
from .process import KernelProcess
from .source import NotebookError


def main() -> None:
    """Run the notebook that task.json names; result.json says how it ended."""
    folder = Path(sys.argv[1])
    try:
        outcome = _run(folder)
    except Exception as error:
        traceback.print_exc()
        text = f"{type(error).__name__}: {error}"
        outcome = Outcome(error=text, error_trace=traceback.format_exc())
    outcome.write(folder / "result.json")
    sys.exit(1 if outcome.error else 0)


def _run(folder: Path) -> Outcome:
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    name = task["task"]["notebook_task"]["notebook_path"]
    planner = Planner(Path(os.environ["LOCALBRICKS_WORKSPACE"]))
    try:
        file, cells = planner.locate(name), planner.plan(name)
    except NotebookError as error:
        return _refused(folder, name, str(error))
    return asyncio.run(_run_cells(folder, task, cells, file.parent))


async def _run_cells(folder: Path, task: dict[str, Any], cells: Sequence[Cell], cwd: Path) -> Outcome:
    """Run the cells in a kernel of their own; on SIGTERM it is killed."""
    _cancel_on_sigterm()
    kernel, outcome = KernelProcess(), None
    try:
        await kernel.start(cwd)
        # Imported only now: it takes about as long as the kernel needs to start.
        from .redaction import Redaction
        from .runner import NotebookRun

        redaction = Redaction.from_file(os.environ.get("LOCALBRICKS_SECRETS"))
        outcome = await NotebookRun(folder, task, cells, redaction).run(kernel)
        return outcome
    finally:
        await kernel.stop(now=outcome is None or outcome.stopped)


def _refused(folder: Path, name: str, message: str) -> Outcome:
    from .report import write_refusal

    print(message, file=sys.stderr)
    write_refusal(folder, name, message)
    return Outcome(error=message, error_trace=message)


def _cancel_on_sigterm() -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


if __name__ == "__main__":
    main()
