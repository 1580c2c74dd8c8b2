"""Which files belong to which micro-batch: one small JSON file per batch, written once and never changed.

Ordering files by name would miss a late one with a smaller name; ordering them by time would miss one that S3 dates
back (a multipart upload is dated by its start) and one written in the same second as the last that was read. So the
set of files seen is kept, as Auto Loader keeps it; now and then it is written down as a whole, so that a stream that
starts reads that and the few manifests since.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from .seen import Seen
from .storage import FileInfo, Storage, canonical

AT_ONCE = 16
COMPACTED = 100  # batches, after which the set of files seen is written down
KEPT = 16  # batches in memory


class ManifestError(RuntimeError):
    """The manifests do not fit the stream: its checkpoint, or the folder it reads."""


class Manifests:
    """The batches 1..n that were made of `source`, below ``<schemaLocation>/_files``."""

    def __init__(self, storage: Storage, schema_location: str, source: str) -> None:
        self._storage, self._source = storage, canonical(source)
        self._folder = f"{schema_location.rstrip('/')}/_files"
        self._newest: dict[int, list[FileInfo]] = {}
        self._last = 0
        self.seen = Seen()

    @property
    def last(self) -> int:
        """Number of the newest batch known here; 0 for none."""
        return self._last

    def refresh(self) -> None:
        """Learn of the batches that other processes wrote. Raises ManifestError for those of another folder."""
        if not self._last:
            self._read_compacted()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while True:
                numbers = range(self._last + 1, self._last + 1 + AT_ONCE)
                for number, found in zip(numbers, pool.map(self._find, numbers), strict=True):
                    if found is None:
                        return
                    self._remember(number, found)

    def check(self, batch: int) -> None:
        """Raise ManifestError when the stream's checkpoint knows more than the manifests."""
        if batch > self._last:
            raise self._missing(batch)

    def files(self, batch: int) -> list[FileInfo]:
        """The files of one batch, in the order they are read. Raises ManifestError when it is gone."""
        found = self._newest.get(batch) or self._find(batch)
        if found is None:
            raise self._missing(batch)
        return found

    def add(self, files: list[FileInfo]) -> bool:
        """Make the next batch of these files; False where another process was faster: its batch is the next one."""
        number = self._last + 1
        content = {"source": self._source, "files": [asdict(file) for file in files]}
        if not self._storage.create(self._path(number), json.dumps(content).encode()):
            self.refresh()
            self.check(number)
            return False
        self._remember(number, files)
        if number % COMPACTED == 0:
            self._compact(number)
        return True

    def _find(self, batch: int) -> list[FileInfo] | None:
        path = self._path(batch)
        found = self._storage.find(path)
        if found is None:
            return None
        content = json.loads(found)
        self._same_source(path, content["source"])
        return [FileInfo(canonical(file["path"]), file["modified"]) for file in content["files"]]

    def _remember(self, number: int, files: list[FileInfo]) -> None:
        self._newest[number], self._last = files, number
        self._newest.pop(number - KEPT, None)
        self.seen.add(files)

    def _compact(self, number: int) -> None:
        """Write down what has been seen; the one before goes once the new one is there."""
        header = json.dumps({"source": self._source, "batches": number}).encode()
        self._storage.create(self._compacted(number), header + b"\n" + self.seen.to_bytes())
        for older in self._storage.list(f"{self._folder}/seen"):
            if _number(older) < number:
                self._storage.delete(older.path)

    def _read_compacted(self) -> None:
        newest = max(self._storage.list(f"{self._folder}/seen"), key=_number, default=None)
        found = self._storage.find(newest.path) if newest else None
        if newest is None or found is None:
            return  # none yet, or one that another process replaces just now: the manifests say it all
        header, _, digests = found.partition(b"\n")
        content = json.loads(header)
        self._same_source(newest.path, content["source"])
        self._last, self.seen = content["batches"], Seen(digests)

    def _same_source(self, path: str, source: str) -> None:
        if canonical(source) != self._source:
            raise ManifestError(
                f"{path} lists files of {source}, but the stream reads {self._source}; "
                "give each stream its own schemaLocation"
            )

    def _missing(self, batch: int) -> ManifestError:
        return ManifestError(
            f"{self._path(batch)} is missing, but the stream's checkpoint has read that batch. Restore it, or "
            "delete checkpoint and schemaLocation together to read everything again."
        )

    def _path(self, batch: int) -> str:
        return f"{self._folder}/{batch:08d}.json"

    def _compacted(self, batch: int) -> str:
        return f"{self._folder}/seen/{batch:08d}"


def _number(compacted: FileInfo) -> int:
    return int(compacted.path.rsplit("/", 1)[-1])
