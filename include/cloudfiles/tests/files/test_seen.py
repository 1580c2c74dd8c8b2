"""A million files: what a stream remembers of them, and what it lists, stays small."""

import tracemalloc

from pyspark_cloudfiles.files.pending import Pending
from pyspark_cloudfiles.files.seen import Seen
from pyspark_cloudfiles.files.storage import FileInfo

MANY = 200_000


def _files(count: int, start: int = 0) -> list[FileInfo]:
    return [
        FileInfo(f"s3://bucket/in/date=2020-01-01/part-{n:09d}.json.gz", n)
        for n in range(start, start + count)
    ]


def test_what_is_seen_is_found_again() -> None:
    seen = Seen()
    seen.add(_files(1000))
    seen.add(_files(10))
    again = Seen(seen.to_bytes())
    assert len(seen) == len(again) == 1000
    assert list(again.unseen(_files(20, start=995))) == _files(15, start=1000)


def test_a_file_takes_few_bytes_in_memory() -> None:
    tracemalloc.start()
    seen = Seen()
    for start in range(0, MANY, 1000):
        seen.add(_files(1000, start))
    seen.to_bytes()
    assert tracemalloc.get_traced_memory()[0] < MANY * 24
    tracemalloc.stop()


def test_files_come_oldest_first_and_by_name() -> None:
    files = [FileInfo("b", 2), FileInfo("c", 1), FileInfo("a", 2)]
    pending = Pending(files)
    assert [file.path for file in pending.take(2)] == ["c", "a"]
    assert [file.path for file in pending.take(None)] == ["b"]
    assert not pending
