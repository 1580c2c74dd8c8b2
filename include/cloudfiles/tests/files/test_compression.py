import bz2
import gzip
import io
import random
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from pyspark_cloudfiles.files.compression import DamageError, readable
from pyspark_cloudfiles.files.lines import blocks_of
from pyspark_cloudfiles.files.storage import StorageError

TEXT = b"".join(b"%d %d\n" % (i, random.Random(i).getrandbits(90)) for i in range(20_000))
WHOLE = gzip.compress(TEXT, mtime=0)


def decompressed(content: bytes, path: str) -> tuple[bytes, str | None]:
    """All bytes that can be read, and what is wrong with the rest."""
    text = bytearray()
    try:
        for chunk in readable(io.BytesIO(content), path):
            text += chunk
    except DamageError as damage:
        return bytes(text), str(damage)
    return bytes(text), None


def test_a_whole_file_is_read_without_complaint() -> None:
    assert decompressed(WHOLE, "f.gz") == (TEXT, None)


def test_several_members_and_padding_are_one_text() -> None:
    assert decompressed(WHOLE + WHOLE + b"\0" * 512, "f.gz") == (TEXT + TEXT, None)


def test_a_plain_file_is_left_alone() -> None:
    assert decompressed(WHOLE, "f.json") == (WHOLE, None)


@pytest.mark.parametrize(
    ("kept", "least"), [(20, 0), (1000, 300), (len(WHOLE) // 2, 250_000), (len(WHOLE) - 9, len(TEXT) - 1)]
)
def test_a_truncated_file_gives_what_was_there(kept: int, least: int) -> None:
    text, problem = decompressed(WHOLE[:kept], "f.gz")
    assert TEXT.startswith(text)
    assert text == zlib.decompressobj(31).decompress(WHOLE[:kept])
    assert len(text) >= least
    assert problem == f"truncated gzip: the file ends too early; {kept} bytes in all"


def test_only_the_checksum_missing_costs_no_byte() -> None:
    text, problem = decompressed(WHOLE[:-8], "f.gz")
    assert text == TEXT
    assert problem is not None


def test_a_wrong_checksum_costs_no_byte_and_is_reported() -> None:
    text, problem = decompressed(WHOLE[:-8] + b"\1" * 8, "f.gz")
    assert text == TEXT
    assert problem is not None
    assert "incorrect data check" in problem


@pytest.mark.parametrize("at", [70_000, 150_000])
def test_every_byte_before_a_damage_is_saved(at: int) -> None:
    # A second member that is none: what the first one holds is before the damage, to the last byte.
    first = gzip.compress(TEXT[:at], mtime=0)
    text, problem = decompressed(first + b"no gzip" * 9, "f.gz")
    assert text == TEXT[:at]
    assert problem is not None
    assert problem.startswith("damaged gzip")


def test_damage_in_the_middle_ends_the_text_there() -> None:
    middle = len(WHOLE) // 2
    # A stored block whose length and complement do not fit: inflating cannot go on.
    broken = WHOLE[:middle] + b"\xff" * 2000 + WHOLE[middle + 2000 :]
    text, problem = decompressed(broken, "f.gz")
    assert problem is not None
    known = len(TEXT) // 2 - 70_000
    assert text[:known] == TEXT[:known]


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


@pytest.mark.parametrize(("end", "compress"), [("bz2", bz2.compress), ("zst", zstd)])
def test_other_compressions(end: str, compress: Callable[[bytes], bytes]) -> None:
    assert decompressed(compress(TEXT), f"f.{end}") == (TEXT, None)
    assert decompressed(compress(TEXT) + compress(TEXT), f"f.{end}") == (TEXT + TEXT, None)
    text, problem = decompressed(compress(TEXT)[:-50], f"f.{end}")
    assert TEXT.startswith(text)
    assert problem is not None
    assert problem.startswith("damaged")


@pytest.mark.parametrize("name", ["f.json", "f.json.gz", "f.json.bz2", "f.json.zst"])
def test_a_way_that_breaks_is_no_damage_of_the_file(name: str) -> None:
    with pytest.raises(StorageError, match="reset"):
        list(readable(io.BufferedReader(Broken()), name))


class Broken(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise StorageError("f: cannot be read to its end (reset)")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_end_as_they_do_for_hadoop_however_the_bytes_come(size: int, mark: bytes) -> None:
    text = mark + b"a\nb\r\nc\rd\r\n\r\n\xef\xbb\xbfe\n\x0bf\r"
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    lines = [line for block in blocks_of(chunks) for line in block]
    assert lines == [b"a", b"b", b"c", b"d", b"", b"\xef\xbb\xbfe", b"\x0bf"]
