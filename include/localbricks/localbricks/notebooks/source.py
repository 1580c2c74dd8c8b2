"""A notebook's cells as written, from Databricks' source format or from .ipynb.

The source format is a Python file that begins with ``# Databricks notebook source``; cells are divided by
``# COMMAND ----------``, a title is ``# DBTITLE 1,<text>``, and each line of a cell in another language begins with
``# MAGIC``. https://docs.databricks.com/aws/en/notebooks/notebook-format
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .objects import HEADER

DIVIDER = re.compile(r"^# COMMAND -{10}\s*$", re.M)
TITLE = re.compile(r"^# DBTITLE \d+,(.*)\n?", re.M)
DATABRICKS = "application/vnd.databricks.v1+notebook"


class NotebookError(ValueError):
    """The notebook cannot be run; the message names the cell and what is wrong with it."""


@dataclass(frozen=True)
class Part:
    """One cell of a file; it may begin with a magic such as ``%sql``."""

    text: str
    title: str = ""


def read(file: Path) -> list[Part]:
    """The cells of one notebook. Raises NotebookError."""
    text = file.read_text(encoding="utf-8")
    parts = _from_ipynb(text, file) if file.suffix == ".ipynb" else _from_source(text)
    return [part for part in parts if part.text.strip()]


def _from_ipynb(text: str, file: Path) -> list[Part]:
    try:
        content = json.loads(text)
        cells = [("".join(cell["source"]), cell["cell_type"]) for cell in content["cells"]]
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookError(f"{file.name} is no Jupyter notebook ({error})") from error
    _require_python(content.get("metadata", {}), file)
    return [
        Part(f"%md\n{source}" if kind == "markdown" else source) for source, kind in cells if kind != "raw"
    ]


def _require_python(metadata: dict[str, Any], file: Path) -> None:
    own, info = metadata.get(DATABRICKS, {}), metadata.get("language_info", {})
    language = own.get("language") or info.get("name") or "python"
    if language.lower() != "python":
        raise NotebookError(
            f"{file.name} is written in {language}; the local workspace runs Python notebooks"
        )


def _from_source(text: str) -> list[Part]:
    return [_part(part) for part in DIVIDER.split(text.removeprefix(HEADER))]


def _part(text: str) -> Part:
    title = TITLE.search(text)
    lines = TITLE.sub("", text).strip("\n").splitlines()
    if any(line.startswith("# MAGIC") for line in lines):
        lines = [re.sub(r"^# MAGIC ?", "", line) for line in lines]
    return Part("\n".join(lines), title[1].strip() if title else "")
