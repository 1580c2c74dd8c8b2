"""Which files of the workspace are notebooks.

A notebook `/a/train` lies in `a/train.py` (source format) or `a/train.ipynb`; a `.py` file without Databricks' header
is a file. https://docs.databricks.com/aws/en/notebooks/notebook-format
"""

from pathlib import Path

HEADER = "# Databricks notebook source"
SUFFIXES = (".py", ".ipynb")


def is_notebook(file: Path) -> bool:
    """Whether a file of the workspace holds a notebook."""
    return file.suffix == ".ipynb" or (file.suffix == ".py" and _has_header(file))


def notebook_at(place: Path) -> Path | None:
    """The file of the notebook whose path leads to `place`; None when there is none."""
    files = (place.with_name(place.name + suffix) for suffix in SUFFIXES)
    return next((file for file in files if file.is_file() and is_notebook(file)), None)


def _has_header(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(HEADER)) == HEADER.encode()
