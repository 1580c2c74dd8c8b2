"""A notebook's cells, from Databricks' source format or from .ipynb.

The source format is a Python file that begins with ``# Databricks notebook source``; cells are divided by
``# COMMAND ----------``, a title is ``# DBTITLE 1,<text>``, and each line of a cell in another language begins with
``# MAGIC``. https://docs.databricks.com/aws/en/notebooks/notebook-format
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HEADER = "# Databricks notebook source"
DIVIDER = re.compile(r"^# COMMAND -{10}\s*$", re.M)
TITLE = re.compile(r"^# DBTITLE \d+,(.*)\n?", re.M)
SUFFIXES = (".py", ".ipynb")
MAGICS = "%md, %md-sandbox, %python, %sql, %run, %pip install"


class NotebookError(ValueError):
    """The notebook cannot be run; the message names the cell and what is wrong with it."""


@dataclass(frozen=True)
class Cell:
    """One cell: markdown to read, or Python to run; `shown` is what the author wrote."""

    kind: Literal["markdown", "code"]
    source: str
    shown: str
    language: Literal["markdown", "python", "sql"]
    title: str = ""


def find(path: Path) -> Path:
    """The file of a notebook, whose path is given without its suffix as a rule. Raises NotebookError."""
    for file in (path, *(path.with_name(path.name + suffix) for suffix in SUFFIXES)):
        if file.is_file():
            return file
    raise NotebookError(
        f"there is no notebook {path.name} in {path.parent}; looked for {', '.join(SUFFIXES)}"
    )


def load(file: Path) -> list[Cell]:
    """All cells of a notebook, with those of `%run` notebooks in their place. Raises NotebookError."""
    return _load(file, ())


def _load(file: Path, above: tuple[Path, ...]) -> list[Cell]:
    if file in above:
        raise NotebookError(f"%run: {file.name} runs itself, by way of {', '.join(p.name for p in above)}")
    text = file.read_text(encoding="utf-8")
    parts = _from_ipynb(text, file) if file.suffix == ".ipynb" else _from_source(text)
    return [cell for source, title in parts for cell in _cells(source, title, file, above)]


def _from_ipynb(text: str, file: Path) -> list[tuple[str, str]]:
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError) as error:
        raise NotebookError(f"{file.name} is no Jupyter notebook ({error})") from error
    sources = [("".join(cell["source"]), cell["cell_type"]) for cell in cells]
    return [
        (f"%md\n{source}" if kind == "markdown" else source, "") for source, kind in sources if kind != "raw"
    ]


def _from_source(text: str) -> list[tuple[str, str]]:
    body = text.removeprefix(HEADER)
    return [_part(part) for part in DIVIDER.split(body)]


def _part(part: str) -> tuple[str, str]:
    title = TITLE.search(part)
    lines = TITLE.sub("", part).strip("\n").splitlines()
    if any(line.startswith("# MAGIC") for line in lines):
        lines = [re.sub(r"^# MAGIC ?", "", line) for line in lines]
    return "\n".join(lines), title[1].strip() if title else ""


def _cells(source: str, title: str, file: Path, above: tuple[Path, ...]) -> list[Cell]:
    stripped = source.strip()
    if not stripped:
        return []
    match = re.match(r"%(\S+)\s*(.*)", stripped, re.S)
    if not match:
        return [Cell("code", source, source, "python", title)]
    magic, rest = match[1], match[2]
    if magic == "run":
        return _load(find((file.parent / _target(rest, file)).resolve()), (*above, file))
    return [_magic_cell(magic, rest, stripped, title, file)]


def _target(rest: str, file: Path) -> str:
    words = rest.split()
    if len(words) != 1:
        raise NotebookError(f"{file.name}: %run {rest.strip()}: expected one path and no arguments")
    return words[0].strip("\"'")


def _magic_cell(magic: str, rest: str, shown: str, title: str, file: Path) -> Cell:
    if magic.startswith("md"):
        return Cell("markdown", rest, rest, "markdown", title)
    if magic == "python":
        return Cell("code", rest, rest, "python", title)
    if magic == "sql":
        statement = rest.strip().rstrip(";").rstrip()
        return Cell("code", f"_sqldf = spark.sql({statement!r})\ndisplay(_sqldf)", shown, "sql", title)
    if magic == "pip" and rest.startswith("install"):
        return Cell("code", f"dbutils._pip_install({rest.removeprefix('install')!r})", shown, "python", title)
    raise NotebookError(
        f"{file.name}: %{magic} is not supported by the local workspace; supported are {MAGICS}"
    )
