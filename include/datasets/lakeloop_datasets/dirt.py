"""Real-life dirt, added beside the real rows and never in their place.

For every `1 / share` rows of a delivery one dirty line is added, of three kinds in turn: a line cut off in the middle,
a word where a number belongs, and a field that nobody announced. The last two repeat a real row, so that a pipeline
that keeps one row per key keeps exactly the real ones. Nothing is random: the same delivery is dirty in the same way,
and which kind comes first follows from its first line.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from math import ceil

KEPT_OF_A_CUT_LINE = 0.6
MOST = 0.5


def dirty_lines(lines: Sequence[str], share: float, number: str) -> list[str]:
    """The lines to add to a delivery of JSON `lines`; `number` is a field that holds one. None when share is 0."""
    count = ceil(len(lines) * share) if share else 0
    kinds: list[Callable[[str], str]] = [_cut_off, lambda line: _with_word(line, number), _with_unknown_field]
    step = len(lines) // count if count else 1
    first = zlib.crc32(lines[0].encode()) if lines else 0
    return [kinds[(first + i) % len(kinds)](lines[i * step]) for i in range(count)]


def check_share(share: float) -> None:
    """Raises ValueError for a share of dirty lines that is none."""
    if not 0 <= share <= MOST:
        raise ValueError(f"dirt is {share}, expected a share of lines between 0 and {MOST}")


def _cut_off(line: str) -> str:
    return line[: int(len(line) * KEPT_OF_A_CUT_LINE)]


def _with_word(line: str, number: str) -> str:
    return json.dumps(json.loads(line) | {number: "unreadable"}, separators=(",", ":"))


def _with_unknown_field(line: str) -> str:
    return json.dumps(json.loads(line) | {"till_software": "4.2"}, separators=(",", ":"))
