"""How much the cells of a notebook may output.

A run whose notebook outputs more fails: https://docs.databricks.com/aws/en/jobs/notebook
"""

import json
from collections import Counter
from typing import Any

CELL_BYTES = 8 * 1024 * 1024
NOTEBOOK_BYTES = 20 * 1024 * 1024
OUTPUTS = ("display_data", "error", "execute_result", "stream", "update_display_data")
"""The messages of a kernel that are output of a cell."""


class OutputMeter:
    """Counts the output of one notebook; `exceeded` says which bound it went beyond, once it has."""

    def __init__(self) -> None:
        self.exceeded: str | None = None
        self._bytes: Counter[int] = Counter()

    def takes(self, message: dict[str, Any], cell: int) -> bool:
        """Whether a message of a kernel still fits; after one that does not, no further output does."""
        if message["msg_type"] not in OUTPUTS:
            return True
        self._bytes[cell] += len(json.dumps(message["content"], ensure_ascii=False, default=str).encode())
        if self._bytes[cell] > CELL_BYTES:
            self.exceeded = self.exceeded or _told("a cell", CELL_BYTES)
        elif self._bytes.total() > NOTEBOOK_BYTES:
            self.exceeded = self.exceeded or _told("all cells together", NOTEBOOK_BYTES)
        return self.exceeded is None


def _told(whose: str, most: int) -> str:
    bound = f"{whose} may output {most // 2**20} MB; print less, or write a file"
    return f"The output of the notebook is too large: {bound}"
