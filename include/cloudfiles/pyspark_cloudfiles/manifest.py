"""Which files belong to which micro-batch: one small JSON file per batch, written once and never changed.

Ordering files by name would miss a late one with a smaller name; ordering them by time would miss one that S3 dates
back (a multipart upload is dated by its start). So the set of files seen is kept, as Auto Loader keeps it.
"""

import json

from .storage import Storage


class ManifestError(RuntimeError):
    """The manifests do not fit the stream's checkpoint."""


class Manifests:
    """The batches 1..n of a stream, below ``<schemaLocation>/_files``."""

    def __init__(self, storage: Storage, schema_location: str) -> None:
        self._storage = storage
        self._folder = f"{schema_location.rstrip('/')}/_files"
        self._batches: dict[int, list[str]] = {}
        self._seen: set[str] = set()

    @property
    def last(self) -> int:
        """Number of the newest batch known here; 0 for none."""
        return max(self._batches, default=0)

    def refresh(self) -> None:
        """Learn of batches that an earlier process wrote."""
        while self._load(self.last + 1):
            pass

    def seen(self, path: str) -> bool:
        """Whether a known batch holds the file."""
        return path in self._seen

    def files(self, batch: int) -> list[str]:
        """The files of one batch, in the order they are read. Raises ManifestError when it is gone."""
        if batch not in self._batches and not self._load(batch):
            raise ManifestError(
                f"{self._path(batch)} is missing, but the stream's checkpoint has planned that batch. Restore it, or "
                "delete checkpoint and schemaLocation together to read everything again."
            )
        return self._batches[batch]

    def add(self, files: list[str]) -> int:
        """Make the next batch of these files. Raises ManifestError when another stream was faster."""
        number = self.last + 1
        if not self._storage.create(self._path(number), json.dumps({"files": files}).encode()):
            raise ManifestError(
                f"{self._path(number)} was written by another stream; give each stream its own schemaLocation"
            )
        self._remember(number, files)
        return number

    def _load(self, batch: int) -> bool:
        from .storage import StorageError

        try:
            content = json.loads(self._storage.read(self._path(batch)))
        except StorageError as error:
            if not _absent(error):
                raise
            return False
        self._remember(batch, content["files"])
        return True

    def _remember(self, number: int, files: list[str]) -> None:
        self._batches[number] = files
        self._seen.update(files)

    def _path(self, batch: int) -> str:
        return f"{self._folder}/{batch:08d}.json"


def _absent(error: BaseException) -> bool:
    cause = error.__cause__
    code = getattr(cause, "response", {}).get("Error", {}).get("Code")
    return isinstance(cause, FileNotFoundError) or code in ("NoSuchKey", "404")
