"""`python -m localbricks.notebooks <run folder>`: exit code 0 when the notebook ran to its end or exit."""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from .kernel.localbricks_paths import PathError, workspace_file, workspace_root
from .redaction import Redaction
from .runner import NotebookRun, write
from .source import NotebookError, find, load

INTERRUPTED = 143


def main() -> None:
    """Run the notebook of the task; result.json says how it ended."""
    signal.signal(signal.SIGTERM, _stop)
    folder = Path(sys.argv[1])
    try:
        outcome = _run(folder)
    except NotebookError as error:
        outcome = {"result": None, "truncated": False, "error": str(error), "error_trace": str(error)}
        print(error, file=sys.stderr)
    except Exception as error:
        text = traceback.format_exc()
        outcome = {
            "result": None,
            "truncated": False,
            "error": f"{type(error).__name__}: {error}",
            "error_trace": text,
        }
        print(text, file=sys.stderr)
    write(folder / "result.json", json.dumps(outcome))
    sys.exit(1 if outcome["error"] else 0)


def _run(folder: Path) -> dict[str, Any]:
    task_file = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    os.environ["LOCALBRICKS_TASK_KEY"] = task_file["task_key"]
    task = task_file["task"]["notebook_task"]
    file = find(_on_disk(task["notebook_path"]))
    redaction = Redaction.from_file(os.environ.get("LOCALBRICKS_SECRETS"))
    run = NotebookRun(folder, task["notebook_path"], load(file), redaction)
    return run.run(task.get("base_parameters") or {}, file.parent)


def _on_disk(path: str) -> Path:
    try:
        return workspace_file(workspace_root().resolve(), path)
    except PathError as error:
        raise NotebookError(str(error)) from error


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(INTERRUPTED)  # through the kernel's context manager, which ends the kernel


if __name__ == "__main__":
    main()
