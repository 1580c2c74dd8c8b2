"""Which files belong to which micro-batch: one small JSON file per batch, written once and never changed.

Ordering files by name would miss a late one with a smaller name; ordering them by time would miss one that S3 dates
back (a multipart upload is dated by its start) and one written in the same second as the last that was read. So the
set of files seen is kept, as Auto Loader keeps it.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from .storage import S3_SCHEMES, FileInfo, Storage

AT_ONCE = 16


class ManifestError(RuntimeError):
    """The manifests do not fit the stream: its checkpoint, or the folder it reads."""


class Manifests:
    """The batches 1..n that were made of `source`, below ``<schemaLocation>/_files``."""

    def __init__(self, storage: Storage, schema_location: str, source: str) -> None:
        self._storage, self._source = storage, _plain(source)
        self._folder = f"{schema_location.rstrip('/')}/_files"
        self._batches: dict[int, list[FileInfo]] = {}
        self._seen: set[str] = set()

    @property
    def last(self) -> int:
        """Number of the newest batch known here; 0 for none."""
        return len(self._batches)

    def refresh(self) -> None:
        """Learn of the batches that other processes wrote. Raises ManifestError for those of another folder."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while True:
                numbers = range(self.last + 1, self.last + 1 + AT_ONCE)
                for number, found in zip(numbers, pool.map(self._find, numbers), strict=True):
                    if found is None:
                        return
                    self._remember(number, found)

    def seen(self, path: str) -> bool:
        """Whether a known batch holds the file."""
        return path in self._seen

    def check(self, batch: int) -> None:
        """Raise ManifestError when the stream's checkpoint knows more than the manifests."""
        if batch > self.last:
            raise ManifestError(
                f"{self._path(batch)} is missing, but the stream's checkpoint has read that batch. Restore it, or "
                "delete checkpoint and schemaLocation together to read everything again."
            )

    def files(self, batch: int) -> list[FileInfo]:
        """The files of one batch, in the order they are read. Raises ManifestError when it is gone."""
        self.check(batch)
        return self._batches[batch]

    def add(self, files: list[FileInfo]) -> None:
        """Make the next batch of these files; where another process was faster, its batch is the next one."""
        number = self.last + 1
        content = json.dumps({"source": self._source, "files": [asdict(file) for file in files]}).encode()
        if self._storage.create(self._path(number), content):
            self._remember(number, files)
        else:
            self.refresh()

    def _find(self, batch: int) -> list[FileInfo] | None:
        path = self._path(batch)
        found = self._storage.find(path)
        if found is None:
            return None
        content = json.loads(found)
        if content["source"] != self._source:
            raise ManifestError(
                f"{path} lists files of {content['source']}, but the stream reads {self._source}; "
                "give each stream its own schemaLocation"
            )
        return [FileInfo(**file) for file in content["files"]]

    def _remember(self, number: int, files: list[FileInfo]) -> None:
        self._batches[number] = files
        self._seen.update(file.path for file in files)

    def _path(self, batch: int) -> str:
        return f"{self._folder}/{batch:08d}.json"


def _plain(source: str) -> str:
    scheme, separator, rest = source.rstrip("/").partition("://")
    return f"s3://{rest}" if separator and scheme in S3_SCHEMES else source.rstrip("/")
