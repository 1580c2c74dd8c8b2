"""The cells of a notebook's file, as their author wrote them.

The source format is a file that begins with ``# Databricks notebook source``; cells are divided by
``# COMMAND ----------``, a title is ``# DBTITLE 1,<text>``, and lines that are not of the file's own language begin
with ``# MAGIC``. SQL files use ``--`` in place of ``#``. https://docs.databricks.com/aws/en/notebooks/notebook-format
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

HEADER_TEXT = "Databricks notebook source"
COMMENTS = {".py": "#", ".sql": "--", ".scala": "//", ".r": "#"}
LANGUAGES = {".py": "PYTHON", ".sql": "SQL", ".scala": "SCALA", ".r": "R", ".ipynb": "PYTHON"}
# What a notebook path may lack, in the order in which it is looked for.
SUFFIXES = (".py", ".ipynb", ".sql", ".scala", ".r")


class NotebookError(ValueError):
    """The notebook cannot be run; the message names the notebook, the cell and what is wrong with it."""


@dataclass(frozen=True)
class SourceCell:
    """One cell; ``text`` begins with its magic (``%md``, ``%sql``, ...) when it has one."""

    text: str
    title: str = ""


@dataclass(frozen=True)
class Source:
    """A notebook; ``language`` (``python`` or ``sql``) is that of cells without a magic."""

    language: str
    cells: tuple[SourceCell, ...]


def header(suffix: str) -> str:
    """Return the first line of a notebook in source format, e.g. of a file that ends in ``.py``."""
    return f"{COMMENTS[suffix]} {HEADER_TEXT}"


def is_notebook(file: Path) -> bool:
    """Whether a file holds a notebook: by its suffix and, in source format, by its first line."""
    suffix = file.suffix.lower()
    if suffix not in COMMENTS:
        return suffix == ".ipynb"
    expected = header(suffix).encode()
    with file.open("rb") as stream:
        return stream.read(len(expected) + 3).removeprefix(b"\xef\xbb\xbf").startswith(expected)


def find(path: Path) -> Path | None:
    """Return the file of a notebook or file; a notebook's path has no suffix as a rule. None when there is none."""
    candidates = [path, *(path.with_name(path.name + suffix) for suffix in SUFFIXES)]
    for file in candidates:
        if file.is_file() and (file == path or is_notebook(file)):
            return file
    return None


def read(file: Path, name: str) -> Source:
    """Return a notebook's cells.

    Args:
        name: the notebook's path in the workspace, for messages.

    Raises NotebookError when the file holds no notebook, or one of another language.
    """
    suffix = file.suffix.lower()
    if suffix in (".scala", ".r"):
        raise NotebookError(
            f"{name} is a {LANGUAGES[suffix]} notebook; the local workspace runs PYTHON and SQL"
        )
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(f"{name} is not UTF-8 text: {error}") from error
    if suffix == ".ipynb":
        return _jupyter(text, name)
    if suffix not in COMMENTS or not text.startswith(header(suffix)):
        raise NotebookError(
            f"{name} is a file, not a notebook: expected .ipynb, or {header('.py')!r} as the first line"
        )
    return _source_format(text, suffix)


def _source_format(text: str, suffix: str) -> Source:
    mark = re.escape(COMMENTS[suffix])
    body = text.partition("\n")[2]
    parts = re.split(rf"^{mark} COMMAND -{{5,}}[ \t]*$", body, flags=re.M)
    cells = tuple(cell for part in parts if (cell := _cell(part, mark)).text.strip())
    return Source("sql" if suffix == ".sql" else "python", cells)


def _cell(part: str, mark: str) -> SourceCell:
    lines = part.strip("\n").split("\n")
    title = re.match(rf"{mark} DBTITLE \d+,(.*)", lines[0])
    if title:
        del lines[0]
    text = "\n".join(re.sub(rf"^{mark} MAGIC ?", "", line) for line in lines)
    return SourceCell(text.strip("\n"), title[1].strip() if title else "")


def _jupyter(text: str, name: str) -> Source:
    try:
        notebook = json.loads(text)
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookError(f"{name} is no Jupyter notebook of format 4: {error!r}") from error
    language = notebook.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    if language not in ("python", "sql"):
        raise NotebookError(f"{name} is a {language} notebook; the local workspace runs Python and SQL")
    texts = [f"%md\n{source}" if kind == "markdown" else source for kind, source in cells if kind != "raw"]
    return Source(language, tuple(SourceCell(text.strip("\n")) for text in texts if text.strip()))
