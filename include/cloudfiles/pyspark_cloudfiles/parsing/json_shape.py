"""Many lines of JSON at once where they are alike: flat objects with the same names, in one order, spaced alike.

One regular expression proves of each line that it is such an object without a backslash. So quotes do nothing but
enclose, those in front of a colon enclose names, and the places of colons say where values lie. Lines that are
otherwise are left to :mod:`pyspark_cloudfiles.parsing.json_columns`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .columns import proven

MOST_BYTES = 1 << 30  # Arrow counts the bytes of texts in 32 bits
FEWEST_LINES = 64  # fewer are read faster one by one
MOST_NAMES = 100  # a regular expression for more becomes slow
TRIED_LINES = 10  # in search of one that has a shape
TEXT = r'"[^"\\\x00-\x1f]*"'
VALUE = rf"(?:{TEXT}|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)"
MEMBER = re.compile(rf"((?:^\{{|[ \t]*,)[ \t]*({TEXT}):[ \t]*){VALUE}".encode())
END = re.compile(rb"[ \t]*\}")
QUOTE, COLON, LINE_END, MINUS, NINE, TRUE, FALSE, NULL = b'":\n-9tfn'
WHOLE, REAL, LONG = b"0.?"  # numbers: at most 18 digits, with a fraction or an exponent, and the others
Places = np.ndarray  # in a content, counted in bytes
Flags = np.ndarray


@dataclass(frozen=True)
class Shape:
    """What the objects of some lines have in common: the text `before` each value, and the one behind the last."""

    names: tuple[str, ...]
    before: tuple[bytes, ...]
    end: bytes

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Self | None:
        """The shape of the first line that has one; None where it is not worthwhile. The lines are UTF-8."""
        if len(lines) < FEWEST_LINES or sum(map(len, lines)) > MOST_BYTES:
            return None
        return next(filter(None, map(cls._of_line, lines[:TRIED_LINES])), None)

    @classmethod
    def _of_line(cls, line: bytes) -> Self | None:
        found, place = [], 0
        while member := MEMBER.match(line, place):
            found.append(member)
            place = member.end()
        names = tuple(member[2][1:-1].decode() for member in found)
        if not line.startswith(b"{") or not END.fullmatch(line, place) or not 0 < len(names) <= MOST_NAMES:
            return None
        same_twice = len(set(names)) < len(names)
        return None if same_twice else cls(names, tuple(member[1] for member in found), line[place:])

    @property
    def pattern(self) -> str:
        """Matches a line, with its end."""
        members = (re.escape(before.decode()) + VALUE for before in self.before)
        return f"^{''.join(members)}{re.escape(self.end.decode())}\n$"


def shape_columns(content: bytes, shape: Shape, kinds: Mapping[str, pa.DataType]) -> tuple[pa.Table, Flags]:
    """The columns of the lines that are certain, and for each line whether it is left open.

    The content is UTF-8; the shape is of one of its lines, and `kinds` has all its names.
    """
    lines = Alike(content, shape)
    columns, left_open = {}, np.zeros(len(lines), bool)
    for name, kind in kinds.items():
        columns[name] = pa.nulls(len(lines), kind)
        if name in shape.names:
            columns[name], unproven = lines.column(shape.names.index(name), kind)
            left_open |= unproven
    open_lines = ~lines.alike
    open_lines[lines.numbers[left_open]] = True
    table = pa.table(columns)
    return (table.filter(pa.array(~left_open)) if left_open.any() else table), open_lines


def is_utf8(content: bytes) -> bool:
    """Whether it can be read as text."""
    try:
        return content.isascii() or bool(content.decode())
    except UnicodeDecodeError:
        return False


def telling_lines(lines: Sequence[bytes], kinds: bool) -> Sequence[bytes]:
    """Those lines that tell all that there is to know of names and, if wanted, of the kinds of their values."""
    content = b"\n".join(lines)
    shape = Shape.of(lines) if is_utf8(content) else None
    if shape is None:
        return lines
    found = Alike(content, shape)
    telling = ~found.alike
    telling[found.numbers[found.differing() if kinds else 0]] = True
    return list(compress(lines, telling))


class Alike:
    """The lines of a content that have the shape, of which there is one; `alike` says of each line whether it has."""

    def __init__(self, content: bytes, shape: Shape) -> None:
        content += b"\n"
        ends = np.flatnonzero(np.frombuffer(content, np.uint8) == LINE_END) + 1
        texts = _between(content, np.append(0, ends))
        matching = pc.match_substring_regex(texts, shape.pattern)
        self._shape = shape
        self.alike: Flags = matching.to_numpy(zero_copy_only=False)
        self.numbers = np.flatnonzero(self.alike)
        chosen = texts if self.alike.all() else texts.filter(matching)
        _, places, self._content = chosen.buffers()
        self._ends = np.frombuffer(places, np.int32)[1 : len(chosen) + 1] - 1
        self._bytes = np.frombuffer(self._content, np.uint8)[: self._ends[-1]]

    def __len__(self) -> int:
        return len(self.numbers)

    def column(self, number: int, kind: pa.DataType) -> tuple[pa.Array, Flags]:
        """The values of one name as `kind`, and for each whether it is left open; what is left open is null."""
        starts, ends = self._places(number)
        first = self._bytes[starts]
        null, quoted = first == NULL, first == QUOTE
        if pa.types.is_string(kind):
            return self._texts(starts + quoted, ends - quoted, null), np.zeros(len(self), bool)
        fits = _fits(first, kind)
        if pa.types.is_boolean(kind):
            return pa.array(first == TRUE, mask=~fits), ~fits & ~null
        values, unproven = proven(self._texts(starts + quoted, ends - quoted, ~fits), kind)
        return values, (~fits & ~null) | unproven.to_numpy(zero_copy_only=False)

    def differing(self) -> Places:
        """Which of its lines hold a value of a kind that none before it has under that name; some others as well."""
        names = range(len(self._shape.names))
        return np.unique(np.concatenate([self._differing(number) for number in names]))

    def _differing(self, number: int) -> Places:
        starts, ends = self._places(number)
        kinds = self._bytes[starts]  # a kind is told by the first byte, unless it is a number
        is_number = _number(kinds)
        texts = self._texts(starts, ends, ~is_number)
        kinds[is_number] = LONG
        for kind, pattern in ((WHOLE, "^-?[0-9]{1,18}$"), (REAL, "[.eE]")):
            kinds[pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(False)] = kind
        return np.append(np.unique(kinds, return_index=True)[1], np.flatnonzero(kinds == LONG))

    @cached_property
    def _colons(self) -> Places:
        """Where the colons behind the names are: a row for each line, a column for each name."""
        behind_text = np.flatnonzero(self._bytes == QUOTE)[1::2] + 1
        return behind_text[self._bytes[behind_text] == COLON].reshape(len(self), len(self._shape.names))

    def _places(self, number: int) -> tuple[Places, Places]:
        """Where the values of one name begin and end."""
        starts = self._colons[:, number] + _from_colon(self._shape.before[number])
        if number + 1 == len(self._shape.names):
            return starts, self._ends - len(self._shape.end)
        following = self._shape.before[number + 1]
        return starts, self._colons[:, number + 1] - len(following) + _from_colon(following)

    def _texts(self, starts: Places, ends: Places, absent: Flags) -> pa.Array:
        both = np.stack([starts, ends], axis=1).reshape(-1)
        with_gaps = _between(self._content, both)
        return with_gaps.take(pa.array(np.arange(0, len(both), 2), mask=absent))


def _from_colon(before: bytes) -> int:
    """How far behind the colon a value begins."""
    return len(before) - before.rindex(b":")


def _fits(first: "np.ndarray", kind: pa.DataType) -> Flags:
    """Whether values that begin so are what JSON has for the type: a number, true or false, or a string."""
    if pa.types.is_boolean(kind):
        return (first == TRUE) | (first == FALSE)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _number(first)
    return first == QUOTE


def _number(first: "np.ndarray") -> Flags:
    return (first >= MINUS) & (first <= NINE)  # the two characters between them begin no value


def _between(content: bytes | pa.Buffer, places: Places) -> pa.Array:
    """The texts between each place and the next."""
    buffers = [None, pa.py_buffer(places.astype(np.int32)), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.string(), max(len(places) - 1, 0), buffers)
