"""What the kernel runs: a notebook's cells in order, `%run` notebooks in their place, languages as Python."""

import posixpath
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..runtime.localbricks_paths import PathError, workspace_file
from .objects import notebook_at
from .source import NotebookError, Part, read
from .statements import split

# The magics with which Databricks marks the language of a cell, or what it is; all others are IPython's.
LANGUAGES = ("md", "md-sandbox", "python", "run", "sql")
REFUSED = ("fs", "r", "scala", "sh", "skip")
_MAGIC = re.compile(
    rf"%({'|'.join(sorted((*LANGUAGES, *REFUSED), key=len, reverse=True))})(?!\S)\s*(.*)", re.S
)


@dataclass(frozen=True)
class Cell:
    """One cell: markdown to read, or Python to run; `shown` is what the author wrote."""

    kind: Literal["markdown", "code"]
    source: str
    shown: str
    language: Literal["markdown", "python", "sql"]
    title: str = ""


def load(root: Path, path: str) -> list[Cell]:
    """All cells of the notebook at a workspace path, with those of `%run` notebooks in their place.

    Args:
        root: folder of the workspace's files.

    Raises:
        NotebookError: there is no such notebook, or it cannot be run here.
    """
    return _load(root, path, ())


def place(root: Path, path: str) -> Path:
    """The file of the notebook at a workspace path. Raises NotebookError."""
    try:
        where = workspace_file(root, path)
    except PathError as error:
        raise NotebookError(str(error)) from error
    file = notebook_at(where) if where != root else None
    if file is None:
        why = "; it is a file, and a notebook's path has no suffix" if where.is_file() else ""
        raise NotebookError(f"there is no notebook {path} in the workspace{why}")
    return file


def _load(root: Path, path: str, above: tuple[str, ...]) -> list[Cell]:
    path = _normal(path)
    if path in above:
        raise NotebookError(f"%run: {path} runs itself, by way of {', '.join(above)}")
    parts = read(place(root, path))
    return [cell for part in parts for cell in _cells(part, root, path, above)]


def _normal(path: str) -> str:
    """One text for each notebook. Raises NotebookError for a path that leads above the workspace."""
    names: list[str] = []
    for name in path.split("/"):
        if name == ".." and not names:
            raise NotebookError(f"{path!r} leaves the workspace")
        if name == "..":
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names[1:] if names[:1] == ["Workspace"] else names)


def _cells(part: Part, root: Path, path: str, above: tuple[str, ...]) -> list[Cell]:
    text = part.text.strip()
    match = _MAGIC.match(text)
    if not match:
        return [Cell("code", part.text, part.text, "python", part.title)]
    if match[1] == "run":
        target = posixpath.join(posixpath.dirname(path), _target(match[2], path))
        return _load(root, target, (*above, path))
    return [_magic_cell(match[1], match[2], text, part.title, path)]


def _target(words: str, path: str) -> str:
    try:
        targets = shlex.split(words, comments=True)
    except ValueError as error:
        raise NotebookError(f"{path}: %run {words.strip()}: {error}") from error
    if len(targets) != 1:
        raise NotebookError(
            f"{path}: %run {words.strip()}: expected one path (in quotes when it has a space) and no arguments"
        )
    return targets[0]


def _magic_cell(magic: str, rest: str, shown: str, title: str, path: str) -> Cell:
    if magic.startswith("md"):
        return Cell("markdown", rest, rest, "markdown", title)
    if magic == "python":
        return Cell("code", rest, rest, "python", title)
    if magic == "sql":
        statements = split(rest)
        source = f"_sqldf = _run_sql({statements!r})" if statements else ""
        return Cell("code", source, shown, "sql", title)
    raise NotebookError(
        f"{path}: %{magic} is not supported by the local workspace; "
        f"supported are %{', %'.join(LANGUAGES)}, %pip and IPython's own magics"
    )
