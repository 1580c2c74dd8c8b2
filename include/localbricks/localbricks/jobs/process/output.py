"""What a task printed, and what went wrong, read from its run folder."""

import ctypes
import json
import signal
import sys
from pathlib import Path
from typing import Any

from .launch import LOG

# Databricks returns the last 5 MB.
LOG_BYTES = 5_000_000
# What of a log is kept on disk: a task that prints for days must not fill it.
KEPT_BYTES = 20_000_000
SLACK_BYTES = 1_000_000
FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE = 1, 2
TRACE_BYTES = 20_000
TRACE_LINES = 30
TRACEBACK = "Traceback (most recent call last):"


def logs(folder: Path, limit: int = LOG_BYTES) -> tuple[str, bool]:
    """Return the end of the log, and whether there is more before it."""
    try:
        with (folder / LOG).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - limit, 0))
            return file.read().decode("utf-8", errors="replace"), size > limit
    except FileNotFoundError:
        return "", False


def bound(folder: Path, kept: int = KEPT_BYTES) -> None:
    """Give the disk back what lies before the end of a log; it reads as zero bytes from then on.

    The file keeps its size, so that the process that appends to it, and who reads on from a position, notice nothing.
    Does nothing where the system or the file system has no holes in files: there a log grows without bounds.
    """
    path = folder / LOG
    if sys.platform != "linux" or not path.exists():
        return
    status = path.stat()
    if status.st_blocks * 512 > kept + SLACK_BYTES:
        with path.open("r+b") as file:
            mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
            end = ctypes.c_int64(status.st_size - kept)
            ctypes.CDLL(None).fallocate(file.fileno(), mode, ctypes.c_int64(0), end)


def failure(folder: Path, code: int) -> str:
    """Return in one line why a task that ended with this exit code failed."""
    result = notebook_result(folder)
    if result.get("error"):
        return str(result["error"])
    trace = error_trace(folder)
    ended = f"exit code {code}" if code >= 0 else f"signal {_signal_name(-code)}"
    reason = _exception(trace)
    if reason:
        return f"{reason} ({ended})"
    last = trace.strip().rsplit("\n", 1)[-1].strip()
    return f"The task's process ended with {ended}; " + (
        f"it last printed: {last}" if last else "it printed nothing"
    )


def error_trace(folder: Path) -> str:
    """Return the notebook's or the log's last traceback; without one, the last lines of the log."""
    result = notebook_result(folder)
    if result.get("error_trace"):
        return str(result["error_trace"])
    text, _ = logs(folder, TRACE_BYTES)
    start = text.rfind(TRACEBACK)
    return text[start:] if start >= 0 else "\n".join(text.splitlines()[-TRACE_LINES:])


def notebook_result(folder: Path) -> dict[str, Any]:
    """Return ``result.json`` of a notebook task, an empty object when there is none."""
    try:
        return dict(json.loads((folder / "result.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _exception(trace: str) -> str:
    """Return the line of a traceback that names the exception: the first that is not indented."""
    if TRACEBACK not in trace:
        return ""
    lines = trace[trace.index(TRACEBACK) :].splitlines()[1:]
    return next((line.strip() for line in lines if line and not line[0].isspace()), "")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
