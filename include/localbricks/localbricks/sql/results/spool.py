"""Where results lie that clients have not fetched yet, and how much room they have in all."""

import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..errors import RESOURCES_EXHAUSTED, SqlError

# Up to this size a result stays in memory; a larger one lies in an unlinked temporary file.
MEMORY_BYTES = 8 * 1024 * 1024
# All results together: Spark itself ends a single one at `spark.driver.maxResultSize`, 1 GiB.
TOTAL_BYTES = 8 * 1024**3


@dataclass
class Spool:
    """The room for results; files lie in `folder`, or where temporary files lie."""

    folder: Path | None = None
    limit: int = TOTAL_BYTES
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def taken(self) -> int:
        """Bytes of all results that are kept now."""
        return self._taken

    def take(self, size: int) -> None:
        """Keep room for so many bytes. Raises SqlError (SQLSTATE 53100) when they are not left."""
        with self._lock:
            if self._taken + size > self.limit:
                raise _full(self._taken + size, self.limit)
            self._taken += size

    def give_back(self, size: int) -> None:
        """Room that a closed result no longer needs."""
        with self._lock:
            self._taken -= size

    def file(self) -> IO[bytes]:
        """A file for one result, in memory while it is small; closing it removes it."""
        where = str(self.folder) if self.folder else None
        return tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES, dir=where)


def _full(wanted: int, limit: int) -> SqlError:
    text = (
        f"[RESULT_SPOOL_FULL] The results that clients have not fetched would take {wanted / 2**20:.0f} MiB, and the "
        f"local workspace keeps {limit / 2**20:.0f} MiB. Fetch or close them, limit the rows, or write a table. "
        f"SQLSTATE: {RESOURCES_EXHAUSTED}"
    )
    return SqlError(text, RESOURCES_EXHAUSTED, "RESULT_SPOOL_FULL")
