"""A set of paths, of which a million take 16 MB: kept are their digests, whose 128 bits tell any two apart."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice

import numpy as np

from .storage import FileInfo

DIGEST = 16  # bytes
AT_ONCE = 10_000
MOST_RECENT = 50_000  # before they are sorted in


class Seen:
    """Paths that have been read."""

    def __init__(self, digests: bytes = b"") -> None:
        self._sorted = np.sort(np.frombuffer(digests, dtype=f"S{DIGEST}"))
        self._recent: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._recent)

    def add(self, files: Iterable[FileInfo]) -> None:
        """Remember the paths."""
        self._recent.update(digest for digest in map(_digest, files) if not self._holds(digest))
        if len(self._recent) > MOST_RECENT:
            self._sort_in()

    def unseen(self, files: Iterable[FileInfo]) -> Iterator[FileInfo]:
        """Those files that are not in the set, as they come."""
        remaining = iter(files)
        while some := list(islice(remaining, AT_ONCE)):
            digests = list(map(_digest, some))
            known = self._in_sorted(np.array(digests, dtype=f"S{DIGEST}"))
            yield from (
                file
                for file, digest, old in zip(some, digests, known, strict=True)
                if not old and digest not in self._recent
            )

    def to_bytes(self) -> bytes:
        """All digests, one behind the other."""
        self._sort_in()
        return self._sorted.tobytes()

    def _holds(self, digest: bytes) -> bool:
        return digest in self._recent or bool(self._in_sorted(np.array([digest], dtype=f"S{DIGEST}"))[0])

    def _in_sorted(self, digests: "np.ndarray") -> "np.ndarray":
        if not len(self._sorted):
            return np.zeros(len(digests), bool)
        places = np.searchsorted(self._sorted, digests)
        return self._sorted[np.minimum(places, len(self._sorted) - 1)] == digests

    def _sort_in(self) -> None:
        recent = np.array(list(self._recent), dtype=f"S{DIGEST}")
        self._sorted = np.sort(np.concatenate([self._sorted, recent]))
        self._recent.clear()


def _digest(file: FileInfo) -> bytes:
    return blake2b(file.path.encode("utf-8", "surrogateescape"), digest_size=DIGEST).digest()
