"""Cells of a notebook, from both formats, with those of other notebooks that it runs."""

import json
from pathlib import Path

import pytest

from localbricks.notebooks.cells import load, place
from localbricks.notebooks.source import NotebookError

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


HEADER = "# Databricks notebook source\n"


def save(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def sources(root: Path, text: str, path: str = "n.py") -> list[str]:
    save(root, path, HEADER + text)
    return [cell.source for cell in load(root, "/" + path.removesuffix(".py"))]


def test_source_format_becomes_markdown_python_and_sql(tmp_path: Path) -> None:
    save(tmp_path, "n.py", NOTEBOOK)
    cells = load(tmp_path, "/Workspace/n")
    assert [(c.kind, c.language, c.title) for c in cells] == [
        ("markdown", "markdown", ""),
        ("code", "python", "Add up"),
        ("code", "sql", ""),
        ("code", "python", ""),
    ]
    assert cells[0].source == "# Title\n\ntext"
    assert cells[1].source == "x = 1 + 1\nprint(x)"
    assert cells[2].source == "_sqldf = _run_sql([\"SELECT 'it''s'\"])"
    assert cells[3].source.endswith('y = "# MAGIC is text here"')


def test_jupyter_notebooks_give_the_same_cells(tmp_path: Path) -> None:
    raw = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Title\n", "text"]},
            {"cell_type": "code", "source": ["x = 1\n", "x"]},
            {"cell_type": "raw", "source": ["left out"]},
        ]
    }
    save(tmp_path, "n.ipynb", json.dumps(raw))
    cells = load(tmp_path, "/n")
    assert [(c.kind, c.source) for c in cells] == [("markdown", "# Title\ntext"), ("code", "x = 1\nx")]


def test_a_notebook_in_another_language_is_refused(tmp_path: Path) -> None:
    metadata = {"application/vnd.databricks.v1+notebook": {"language": "sql"}}
    save(tmp_path, "n.ipynb", json.dumps({"cells": [], "metadata": metadata}))
    with pytest.raises(NotebookError, match="written in sql"):
        load(tmp_path, "/n")


@pytest.mark.parametrize(
    "target",
    [
        "./other",
        "other",
        "../Shared/other",
        "/Shared/other",
        "/Workspace/Shared/other",
        '"./my other"',
        "'/Shared/my other'",
    ],
)
def test_run_puts_the_other_notebooks_cells_in_its_place(tmp_path: Path, target: str) -> None:
    for name in ("other", "my other"):
        save(tmp_path, f"Shared/{name}.py", HEADER + "z = 3\n")
    text = f"# MAGIC %run {target}\n\n# COMMAND ----------\n\nprint(z)"
    assert sources(tmp_path, text, "Shared/n.py") == ["z = 3", "print(z)"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("%run ./n", "/n runs itself"),
        ("%run ../../etc/passwd", "leaves the workspace"),
        ("%run ./module.py", "no notebook /module.py in the workspace; it is a file"),
        ("%run ./gone", "no notebook /gone in the workspace"),
        ("%run ./a $x=1", "expected one path"),
        ("%scala", "%scala is not supported"),
        ("%sh ls", "%sh is not supported"),
        ("%fs ls /", "%fs is not supported"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_cell_runs(tmp_path: Path, line: str, why: str) -> None:
    save(tmp_path, "module.py", "x = 1\n")
    with pytest.raises(NotebookError, match=why):
        sources(tmp_path, f"print(1)\n\n# COMMAND ----------\n\n# MAGIC {line}\n")


@pytest.mark.parametrize(
    "magic", ["%load_ext autoreload", "%matplotlib inline", "%%time", "%pip install x", "%markets"]
)
def test_magics_that_are_not_of_databricks_are_left_to_ipython(tmp_path: Path, magic: str) -> None:
    assert sources(tmp_path, f"# MAGIC {magic}\n# MAGIC x = 1\n") == [f"{magic}\nx = 1"]


def test_a_sql_cell_without_a_statement_runs_nothing(tmp_path: Path) -> None:
    assert sources(tmp_path, "# MAGIC %sql\n# MAGIC -- nothing here\n") == [""]


def test_a_notebooks_path_has_no_suffix(tmp_path: Path) -> None:
    save(tmp_path, "train.py", NOTEBOOK)
    assert place(tmp_path, "/train") == tmp_path / "train.py"
    with pytest.raises(NotebookError, match="a notebook's path has no suffix"):
        place(tmp_path, "/train.py")


def test_what_is_no_jupyter_notebook_is_refused(tmp_path: Path) -> None:
    save(tmp_path, "n.ipynb", "{")
    with pytest.raises(NotebookError, match="no Jupyter notebook"):
        load(tmp_path, "/n")
