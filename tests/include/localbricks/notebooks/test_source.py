"""Cells as their author wrote them, from each format."""

import json
from pathlib import Path

import pytest

from include.localbricks.notebooks.source import NotebookError, find, is_notebook, read

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
# MAGIC SELECT 1

# COMMAND ----------

# a comment is no magic
y = "# MAGIC is text here"

# COMMAND ----------

"""


def save(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_source_format_is_divided_into_cells(tmp_path: Path) -> None:
    source = read(save(tmp_path, "n.py", NOTEBOOK), "/n")
    assert source.language == "python"
    assert [(cell.text, cell.title) for cell in source.cells] == [
        ("%md\n# Title\n\ntext", ""),
        ("x = 1 + 1\n\nprint(x)", "Add up"),
        ("%sql\nSELECT 1", ""),
        ('# a comment is no magic\ny = "# MAGIC is text here"', ""),
    ]


def test_sql_notebooks_have_their_own_comments(tmp_path: Path) -> None:
    text = "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC print(1)\n"
    source = read(save(tmp_path, "n.sql", text), "/n")
    assert (source.language, [cell.text for cell in source.cells]) == (
        "sql",
        ["SELECT 1", "%python\nprint(1)"],
    )


def test_jupyter_notebooks_give_cells_too(tmp_path: Path) -> None:
    raw = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Title\n", "text"]},
            {"cell_type": "code", "source": "x = 1\nx"},
            {"cell_type": "raw", "source": ["left out"]},
            {"cell_type": "code", "source": []},
        ]
    }
    source = read(save(tmp_path, "n.ipynb", json.dumps(raw)), "/n")
    assert [cell.text for cell in source.cells] == ["%md\n# Title\ntext", "x = 1\nx"]


def test_a_windows_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "n.py"
    file.write_bytes(b"\xef\xbb\xbf" + NOTEBOOK.replace("\n", "\r\n").encode())
    assert is_notebook(file)
    assert [cell.text for cell in read(file, "/n").cells][1] == "x = 1 + 1\n\nprint(x)"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n.ipynb", "{", "/n is no Jupyter notebook of format 4"),
        ("n.ipynb", '{"cells": [{"cell_type": "code"}]}', "/n is no Jupyter notebook of format 4: KeyError"),
        (
            "n.py",
            "print(1)",
            "/n is a file, not a notebook: expected .ipynb, or '# Databricks notebook source'",
        ),
        ("n.scala", "// Databricks notebook source\n", "/n is a SCALA notebook; the local workspace runs"),
        ("n.ipynb", '{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "/n is a R notebook"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(NotebookError) as caught:
        read(save(tmp_path, name, text), "/n")
    assert message in str(caught.value)


def test_a_notebook_is_found_without_its_suffix_and_a_module_is_not(tmp_path: Path) -> None:
    file = save(tmp_path, "train.py", NOTEBOOK)
    save(tmp_path, "module.py", "x = 1\n")
    assert find(tmp_path / "train") == find(tmp_path / "train.py") == file
    assert find(tmp_path / "module") is None
    assert find(tmp_path / "nope") is None
