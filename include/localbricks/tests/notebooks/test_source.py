"""Cells of a notebook, from both formats."""

import json
from pathlib import Path

import pytest

from localbricks.notebooks.source import NotebookError, find, load

NOTEBOOK = """\
# Databricks notebook source
# MAGIC %md
# MAGIC # Title
# MAGIC
# MAGIC text

# COMMAND ----------

# DBTITLE 1,Add up
x = 1 + 1
print(x)

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 'it''s'
# MAGIC ;

# COMMAND ----------

# a comment is no magic
y = "# MAGIC is text here"
"""


def save(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_source_format_becomes_markdown_python_and_sql(tmp_path: Path) -> None:
    cells = load(save(tmp_path, "n.py", NOTEBOOK))
    assert [(c.kind, c.language, c.title) for c in cells] == [
        ("markdown", "markdown", ""),
        ("code", "python", "Add up"),
        ("code", "sql", ""),
        ("code", "python", ""),
    ]
    assert cells[0].source == "# Title\n\ntext"
    assert cells[1].source == "x = 1 + 1\nprint(x)"
    assert cells[2].source == "_sqldf = spark.sql(\"SELECT 'it''s'\")\ndisplay(_sqldf)"
    assert cells[3].source.endswith('y = "# MAGIC is text here"')


def test_jupyter_notebooks_give_the_same_cells(tmp_path: Path) -> None:
    raw = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Title\n", "text"]},
            {"cell_type": "code", "source": ["x = 1\n", "x"]},
            {"cell_type": "raw", "source": ["left out"]},
        ]
    }
    cells = load(save(tmp_path, "n.ipynb", json.dumps(raw)))
    assert [(c.kind, c.source) for c in cells] == [("markdown", "# Title\ntext"), ("code", "x = 1\nx")]


def test_run_puts_the_other_notebooks_cells_in_its_place(tmp_path: Path) -> None:
    save(tmp_path, "other.py", "# Databricks notebook source\nz = 3\n")
    file = save(
        tmp_path,
        "n.py",
        "# Databricks notebook source\n# MAGIC %run ./other\n\n# COMMAND ----------\n\nprint(z)",
    )
    assert [c.source for c in load(file)] == ["z = 3", "print(z)"]


def test_a_notebook_that_runs_itself_is_refused(tmp_path: Path) -> None:
    file = save(tmp_path, "n.py", "# Databricks notebook source\n# MAGIC %run ./n\n")
    with pytest.raises(NotebookError, match="runs itself"):
        load(file)


@pytest.mark.parametrize("magic", ["%scala", "%sh ls", "%fs ls /"])
def test_an_unknown_magic_is_refused_by_name(tmp_path: Path, magic: str) -> None:
    file = save(tmp_path, "n.py", f"# Databricks notebook source\n# MAGIC {magic}\n")
    with pytest.raises(NotebookError, match=f"{magic.split()[0]} is not supported"):
        load(file)


def test_a_notebook_is_found_without_its_suffix(tmp_path: Path) -> None:
    file = save(tmp_path, "train.py", NOTEBOOK)
    assert find(tmp_path / "train") == find(tmp_path / "train.py") == file
    with pytest.raises(NotebookError, match="no notebook nope"):
        find(tmp_path / "nope")


def test_what_is_no_jupyter_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="no Jupyter notebook"):
        load(save(tmp_path, "n.ipynb", "{"))
