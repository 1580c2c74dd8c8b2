"""Real-life dirt, added beside the real rows and never in their place.

For every `1 / share` rows of a delivery one dirty line is added, of four kinds in turn: a line cut off in the middle,
a word where a number belongs, a field that nobody announced, and a row from a year ahead. All but the first repeat a
real row, so that a pipeline that keeps one row per key keeps exactly the real ones. Nothing is random: the same
delivery is dirty in the same way, and which kind comes first follows from its first line.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import ceil

KEPT_OF_A_CUT_LINE = 0.6
MOST = 0.5
AHEAD = timedelta(days=365)


def dirty_lines(lines: Sequence[str], share: float, number: str, moment: str | None = None) -> list[str]:
    """The lines to add to a delivery of JSON `lines`; none when `share` is 0.

    Args:
        number: a field that holds a number.
        moment: the field with the time of the event; without one, no row comes from the future.
    """
    count = ceil(len(lines) * share) if share else 0
    kinds: list[Callable[[str], str]] = [_cut_off, lambda line: _with_word(line, number), _with_unknown_field]
    if moment:
        kinds.append(lambda line: _from_the_future(line, moment))
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
    return _changed(line, number, "unreadable")


def _with_unknown_field(line: str) -> str:
    return _changed(line, "till_software", "4.2")


def _from_the_future(line: str, moment: str) -> str:
    text = json.loads(line)[moment]
    ahead = (datetime.fromisoformat(text) + AHEAD).isoformat()
    return _changed(line, moment, ahead[: len(text)])  # a date stays a date


def _changed(line: str, field: str, value: str) -> str:
    return json.dumps(json.loads(line) | {field: value}, separators=(",", ":"))
