"""What to do with each cell: text to show, or Python to run in the kernel; ``%run`` notebooks in their place."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .source import NotebookError, Source, SourceCell, find, read

Language = Literal["markdown", "python", "sql", "shell", "text"]
# Magics that localbricks_kernel defines, and how their text is highlighted; IPython has more, and refuses the rest.
KERNEL_MAGICS: dict[str, Language] = {"sql": "sql", "sh": "shell", "fs": "text", "pip": "text"}
# What a cell that needs a Spark session says somewhere.
SPARK = re.compile(r"\bspark\b|\bsql\b|SparkSession")
REFUSED = {
    "scala": "Scala cells are not supported by the local workspace",
    "r": "R cells are not supported by the local workspace",
    "conda": "conda is not supported by the local workspace, nor by Databricks since runtime 9",
}


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        code: Python for the kernel; None for text.
        shown: what the author wrote, without ``%md``.
        origin: workspace path of the notebook that ``%run`` took it from; empty for the notebook's own.
    """

    code: str | None
    shown: str
    language: Language
    title: str = ""
    origin: str = ""

    @property
    def uses_spark(self) -> bool:
        """Whether the cell seems to need a Spark session."""
        return self.code is not None and bool(SPARK.search(self.code))


class Planner:
    """Plans notebooks of one workspace.

    Args:
        root: folder that holds the workspace's files.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def locate(self, path: str) -> Path:
        """Return the file of a notebook's workspace path. Raises NotebookError."""
        inside = path.removeprefix("/Workspace/").lstrip("/")
        file = (self.root / inside).resolve()
        if not path.startswith("/") or not file.is_relative_to(self.root):
            raise NotebookError(
                f"notebook {path}: expected an absolute path of the workspace, like /Shared/x"
            )
        found = find(file)
        if found is None:
            raise NotebookError(f"notebook {path} does not exist in the workspace")
        return found

    def plan(self, path: str) -> list[Cell]:
        """Return the cells of the notebook at a workspace path. Raises NotebookError naming what cannot be run."""
        return list(self._cells(self.locate(path), path, ()))

    def _cells(self, file: Path, name: str, above: tuple[Path, ...]) -> Iterator[Cell]:
        if file in above:
            raise NotebookError(f"%run {name}: the notebook runs itself")
        source = read(file, name)
        origin = name if above else ""
        for number, cell in enumerate(source.cells, 1):
            where = f"{name}, cell {number}"
            magic, line, body = _magic(cell.text)
            if magic == "run":
                yield from self._run(line, cell, origin, (*above, file))
            else:
                yield _cell(magic, line, body, cell, source, origin, where)

    def _run(self, line: str, cell: SourceCell, origin: str, above: tuple[Path, ...]) -> Iterator[Cell]:
        target, arguments = _run_arguments(line)
        file = self._beside(target, above[-1])
        code = f"dbutils.widgets._pass_on({arguments!r})" if arguments else "pass"
        yield Cell(code, cell.text, "text", cell.title, origin)
        path = "/" + file.relative_to(self.root).with_suffix("").as_posix()
        yield from self._cells(file, path, above)

    def _beside(self, target: str, file: Path) -> Path:
        """Return the file of a ``%run`` target, which may be relative to the notebook that names it."""
        if target.startswith("/"):
            return self.locate(target)
        path = (file.parent / target).resolve()
        if not path.is_relative_to(self.root):
            raise NotebookError(f"%run {target} leaves the workspace")
        found = find(path)
        if found is None:
            folder = "/" + file.parent.relative_to(self.root).as_posix()
            raise NotebookError(f"%run {target}: there is no such notebook, seen from {folder}")
        return found


def _cell(
    magic: str, line: str, body: str, cell: SourceCell, source: Source, origin: str, where: str
) -> Cell:
    if magic in REFUSED:
        raise NotebookError(f"{where}: %{magic}: {REFUSED[magic]}")
    if magic in ("md", "md-sandbox"):
        return Cell(None, f"{line}\n{body}".strip("\n"), "markdown", cell.title, origin)
    if magic == "python":
        code = f"{line}\n{body}".strip("\n")
        return Cell(code, cell.text, "python", cell.title, origin)
    if magic in KERNEL_MAGICS:
        return Cell(_call(magic, line, body), cell.text, KERNEL_MAGICS[magic], cell.title, origin)
    if not magic and source.language == "sql":
        return Cell(_call("sql", "", cell.text), cell.text, "sql", cell.title, origin)
    return Cell(cell.text, cell.text, "python", cell.title, origin)


def _magic(text: str) -> tuple[str, str, str]:
    """Split a cell into its magic's name, the rest of that line, and the lines below; no name for a plain cell."""
    found = re.match(r"\s*%{1,2}([A-Za-z][\w-]*)[ \t]*(.*)", text)
    if not found:
        return "", "", text
    name = found[1].lower()
    is_ours = name in KERNEL_MAGICS or name in REFUSED or name in ("md", "md-sandbox", "python", "run")
    return (name, found[2].strip(), text[found.end() :].lstrip("\n")) if is_ours else ("", "", text)


def _call(magic: str, line: str, body: str) -> str:
    if not body.strip():
        return f"get_ipython().run_line_magic({magic!r}, {line!r})"
    return f"get_ipython().run_cell_magic({magic!r}, {line!r}, {body!r})"


def _run_arguments(line: str) -> tuple[str, dict[str, str]]:
    """Split ``./setup $day="monday"`` into the path and the widgets' values."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise NotebookError(f"%run {line}: {error}") from error
    pairs = [re.fullmatch(r"\$(\w+)=(.*)", word, re.S) for word in words[1:]]
    if not words or not all(pairs):
        raise NotebookError(f'%run {line}: expected a path, then widgets like $name="value"')
    return words[0], {pair[1]: pair[2] for pair in pairs if pair}
