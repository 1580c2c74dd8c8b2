import gzip
import random

import pytest

from pyspark_cloudfiles.damage import decompressed

TEXT = b"".join(b"%d %d\n" % (i, random.Random(i).getrandbits(90)) for i in range(20_000))
WHOLE = gzip.compress(TEXT, mtime=0)


def test_a_whole_file_is_read_without_complaint() -> None:
    assert decompressed(WHOLE, "f.gz") == (TEXT, None)


def test_several_members_and_padding_are_one_text() -> None:
    assert decompressed(WHOLE + WHOLE + b"\0" * 512, "f.gz") == (TEXT + TEXT, None)


def test_a_plain_file_is_left_alone() -> None:
    assert decompressed(WHOLE, "f.json") == (WHOLE, None)


@pytest.mark.parametrize("kept", [20, 1000, len(WHOLE) // 2, len(WHOLE) - 9])
def test_a_truncated_file_gives_what_was_there(kept: int) -> None:
    text, problem = decompressed(WHOLE[:kept], "f.gz")
    assert TEXT.startswith(text)
    assert len(text) >= len(TEXT) * (kept / len(WHOLE)) * 0.9 - 60_000
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
