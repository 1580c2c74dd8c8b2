"""A segment while it grows, and what becomes of it.

It is a file of JSON lines: a head, then by commit the rows' records and a line with the counters and the position in
the source. What follows the last commit was never committed, and is cut off: scores, counters and position agree.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..drift import Counters
from ..model import model_of
from .files import sync_folder, write_whole
from .folder import KINDS, Folder

HEAD, COMMIT = "segment", "commit"


@dataclass(frozen=True)
class Position:
    """How much of a source has been logged: rows, bytes, and the sha256 of those bytes."""

    rows: int = 0
    bytes: int = 0
    sha256: str = ""


def line(content: dict[str, Any]) -> bytes:
    """A record; floats as Python writes them, which reads back the same."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def commit(source: str, position: Position, counters: Counters) -> bytes:
    """The line that makes what precedes it valid."""
    return line({COMMIT: {"source": source, "position": asdict(position), "counters": counters.told()}})


def close(folder: Folder, file: Path) -> None:
    """Makes the files that are sent out of an open segment, which then goes. Again after a crash, the same files."""
    head, records, commits = _committed(file.read_bytes())
    if commits:
        name = head["name"]
        _write(folder, "scores", name, b"".join(records))
        _write(folder, "drift", name, line(_drift(head, commits)))
        _advance(folder.positions, commits)
    file.unlink()
    sync_folder(folder.open)


def read_positions(file: Path) -> dict[str, Position]:
    """By source."""
    if not file.exists():
        return {}
    return {source: Position(**told) for source, told in json.loads(file.read_bytes()).items()}


def _committed(content: bytes) -> tuple[dict[str, Any], list[bytes], list[dict[str, Any]]]:
    """Head, records and commits; what follows the last commit is left out."""
    lines = content.splitlines(keepends=True)
    marker = f'{{"{COMMIT}":'.encode()
    whole = [number for number, one in enumerate(lines) if one.startswith(marker) and one.endswith(b"\n")]
    if not whole:
        return {}, [], []
    lines = lines[: whole[-1] + 1]
    commits = [json.loads(lines[number])[COMMIT] for number in whole]
    records = [one for one in lines[1:] if not one.startswith(marker)]
    return json.loads(lines[0])[HEAD], records, commits


def _write(folder: Folder, kind: str, name: str, content: bytes) -> None:
    file = folder.closed(kind) / f"{name}{KINDS[kind]}"
    if not (folder.sent(kind) / file.name).exists():  # it was closed and sent, and only then the process died
        write_whole(file, content)


def _drift(head: dict[str, Any], commits: Iterable[dict[str, Any]]) -> dict[str, Any]:
    counters = Counters(model_of(Path(), head["model"]))
    for one in commits:
        counters.add(one["counters"])
    model = {name: head["model"][name] for name in ("name", "version", "target", "digest")}
    about = {name: head[name] for name in ("name", "device", "opened")}
    return {**about, "model": model, **counters.with_psi()}


def _advance(file: Path, commits: Iterable[dict[str, Any]]) -> None:
    positions = {source: asdict(position) for source, position in read_positions(file).items()}
    positions |= {one["source"]: one["position"] for one in commits if one["source"]}
    write_whole(file, line(positions))
