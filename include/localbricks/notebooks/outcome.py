"""How a notebook ended: the content of result.json."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

# What runs/get-output returns at most of a notebook's exit value.
LONGEST_RESULT = 5 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """``result`` is the value of `dbutils.notebook.exit`; ``error`` is None when all went well.

    ``stopped``: by a signal, so that nobody waits for an orderly end.
    """

    result: str | None = None
    error: str | None = None
    error_trace: str | None = None
    stopped: bool = False

    def write(self, file: Path) -> None:
        """Write it as the JSON object that runs/get-output is made from."""
        result = self.result
        content = {
            "result": result[:LONGEST_RESULT] if result is not None else None,
            "truncated": result is not None and len(result) > LONGEST_RESULT,
            "error": self.error,
            "error_trace": self.error_trace,
        }
        replace(file, json.dumps(content))


def replace(file: Path, content: str) -> None:
    """Write a file in one step: a reader sees the old content or the new, never a part."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(content, encoding="utf-8", errors="replace")
    draft.replace(file)
