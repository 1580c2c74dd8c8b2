"""`python -m localbricks.notebooks <run folder>`: exit code 0 when the notebook ran to its end or exit."""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from ..runtime.localbricks_paths import workspace_root
from ..runtime.localbricks_redaction import Redaction
from .cells import load, place
from .runner import NotebookRun, failed, write
from .session import end_own_session
from .source import NotebookError

INTERRUPTED = 143


def main() -> None:
    """Run the notebook of the task; result.json says how it ended."""
    signal.signal(signal.SIGTERM, _stop)
    folder, redaction = Path(sys.argv[1]), Redaction.from_environment()
    try:
        outcome = _run(folder, redaction)
    except NotebookError as error:
        outcome = failed(str(error), str(error))
    except Exception as error:
        outcome = failed(f"{type(error).__name__}: {error}", traceback.format_exc())
    finally:
        end_own_session(folder)
    # Whatever the way it came by, nothing secret leaves this process.
    outcome = redaction.any(outcome)
    if outcome["error"]:
        print(outcome["error_trace"], file=sys.stderr)
    write(folder / "result.json", json.dumps(outcome))
    sys.exit(1 if outcome["error"] else 0)


def _run(folder: Path, redaction: Redaction) -> dict[str, Any]:
    os.environ["LOCALBRICKS_RUN_FOLDER"] = str(folder)
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))["task"]["notebook_task"]
    root, path = workspace_root().resolve(), task["notebook_path"]
    directory = place(root, path).parent
    return NotebookRun(folder, path, load(root, path), redaction).run(directory)


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(INTERRUPTED)  # through the kernel's context manager, which ends the kernel


if __name__ == "__main__":
    main()
