"""Files that are listed and not yet part of a batch: oldest first, a million of them in about 100 MB."""

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from .storage import FileInfo

AT_ONCE = 10_000
SCHEMA = pa.schema([("path", pa.string()), ("modified", pa.int64())])
OLDEST_FIRST = [("modified", "ascending"), ("path", "ascending")]


class Pending:
    """A sorted queue of files; files of one moment come by name."""

    def __init__(self, files: Iterable[FileInfo] = ()) -> None:
        listed = pa.Table.from_batches(_batches(files), SCHEMA)
        # Not Table.sort_by: what that imports takes a quarter of a second, at the start of each stream.
        self._files = listed.take(pc.sort_indices(listed, OLDEST_FIRST))

    def __len__(self) -> int:
        return len(self._files)

    def take(self, most: int | None) -> list[FileInfo]:
        """The first `most` files, None for all; they leave the queue."""
        count = len(self) if most is None else most
        taken, self._files = self._files[:count], self._files[count:]
        return [FileInfo(**row) for row in taken.to_pylist()]


def _batches(files: Iterable[FileInfo]) -> Iterator[pa.RecordBatch]:
    remaining = iter(files)
    while some := list(islice(remaining, AT_ONCE)):
        columns = {"path": [file.path for file in some], "modified": [file.modified for file in some]}
        yield pa.RecordBatch.from_pydict(columns, SCHEMA)
