"""Scores a file: each row once into the log, all of them into the answer."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from .drift import Counters
from .engines import Score
from .errors import EdgeError
from .log.log import Log
from .log.segment import Position
from .model import Model
from .rows import Reader, Row, columns

STANDARD = "-"
Numbered = tuple[int, bytes]


@dataclass(frozen=True)
class Asked:
    """The command line: `out` None for no answer; `keys` are carried over; `commit_rows` are committed at once."""

    source: str
    out: Path | None
    keys: tuple[str, ...]
    commit_rows: int


@dataclass
class Done:
    """How many rows were scored, refused, and known to the log from an earlier run."""

    scored: int = 0
    refused: int = 0
    known: int = 0


def run(model: Model, score: Score, log: Log, asked: Asked) -> Done:
    """Raises EdgeError where the source or the answer cannot be opened; a row's error is the row's answer."""
    done = Done()
    with _read(asked.source) as stream, _answer(asked.out) as answer:
        source = Source(asked.source, stream, log)
        reader = Reader(model.features, asked.keys, source.header)
        for lines in source.blocks(asked.commit_rows):
            rows = [reader.row(number, line) for number, line in lines]
            records = _records(model, rows, score, Path(asked.source).name)
            answer.writelines(json.dumps(record).encode() + b"\n" for record in records)
            _commit(model, log, source, list(zip(rows, records, strict=True)), done)
    return done


class Source:
    """A file, or the standard input; knows how much of it has been read, and how much an earlier run logged."""

    def __init__(self, name: str, stream: IO[bytes], log: Log) -> None:
        self.key = "" if name == STANDARD else str(Path(name).resolve())
        self._stream, self._hash, self._bytes, self._number = stream, hashlib.sha256(), 0, 0
        self.known = _known(self.key, log)
        self.header: list[str] | None = None
        if name.endswith(".csv"):
            self.header = columns(self._line() or b"")

    @property
    def position(self) -> Position:
        """After the last line that was read."""
        return Position(self._number, self._bytes, self._hash.hexdigest())

    def blocks(self, most: int) -> Iterator[list[Numbered]]:
        """Lines by their number, from 1, at most so many at once; empty ones count and are left out."""
        while lines := list(islice(iter(self._line, b""), most)):
            first = self._number - len(lines) + 1
            kept = [(number, line) for number, line in enumerate(lines, first) if line.strip()]
            if kept:
                yield kept

    def _line(self) -> bytes:
        line = self._stream.readline()
        self._hash.update(line)
        self._bytes += len(line)
        self._number += bool(line)
        return line


def _known(key: str, log: Log) -> int:
    """The lines that were logged before; 0 where the file does not begin with what was read then."""
    position = log.position(key) if key else Position()
    if not position.rows:
        return 0
    with open(key, "rb") as stream:
        same = hashlib.sha256(stream.read(position.bytes)).hexdigest() == position.sha256
    return position.rows if same else 0


def _records(model: Model, rows: Sequence[Row], score: Score, source: str) -> list[dict[str, Any]]:
    good = [row for row in rows if row.error is None]
    scores = iter(score([row.values for row in good]) if good else [])
    about = {"at": datetime.now(UTC).isoformat(), "source": source}
    served = {"model": model.name, "version": model.version, "target": model.target}
    return [{**about, "row": row.number, "keys": row.keys, **served, **_told(row, scores)} for row in rows]


def _told(row: Row, scores: Iterator[float]) -> dict[str, Any]:
    if row.error is None:
        return {"score": next(scores), "error": None, "feature": None}
    return {"score": None, "error": str(row.error), "feature": row.error.feature}


def _commit(
    model: Model, log: Log, source: Source, told: Sequence[tuple[Row, dict[str, Any]]], done: Done
) -> None:
    new = [one for one in told if one[0].number > source.known]
    counters = Counters(model)
    for row, record in new:
        if row.error is None:
            counters.scored(row, record["score"])
        else:
            counters.refuse(row.error.feature)
    if new:
        log.append([record for _, record in new], source.key, source.position, counters)
    done.known += len(told) - len(new)
    done.refused += sum(row.error is not None for row, _ in new)
    done.scored += counters.rows


@contextmanager
def _read(source: str) -> Iterator[IO[bytes]]:
    if source == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = open(source, "rb")  # noqa: SIM115  # closed below
    except OSError as error:
        raise EdgeError(f"{source} cannot be read: {error}") from None
    with stream:
        yield stream


@contextmanager
def _answer(out: Path | None) -> Iterator[IO[bytes]]:
    """`out` appears when all rows are in it."""
    made = out.with_name(f".{out.name}.new") if out else Path(os.devnull)
    try:
        stream = made.open("wb")
    except OSError as error:
        raise EdgeError(f"{out} cannot be written: {error}") from None
    with stream:
        yield stream
    if out:
        made.replace(out)
