"""Notebooks go to Jupyter and come back; cells that begin with %sql run."""

from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localbricks.notebooks.jupyter import sql_as_python, to_notebook, to_source
from localbricks.notebooks.source import NotebookError

ROOT = Path(__file__).resolve().parents[4]
SOURCE = """# Databricks notebook source
# MAGIC %md
# MAGIC # Title
# MAGIC
# MAGIC - item

# COMMAND ----------

import json


def two():
    return 2

# COMMAND ----------


# a cell that begins with an empty line
two()

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1
"""


def test_cells_are_markdown_code_and_sql() -> None:
    notebook = to_notebook(SOURCE)

    kinds = [(cell.cell_type, cell.source) for cell in notebook.cells]
    assert kinds == [
        ("markdown", "# Title\n\n- item"),
        ("code", "import json\n\n\ndef two():\n    return 2"),
        ("code", "\n# a cell that begins with an empty line\ntwo()"),
        ("code", "%sql\nSELECT 1"),
    ]
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "jobs" / "notebooks").glob("*.py")), ids=lambda file: file.stem
)
def test_our_own_notebooks_come_back_letter_by_letter(file: Path) -> None:
    source = file.read_text(encoding="utf-8")

    assert len(to_notebook(source).cells) > 5
    assert to_source(to_notebook(source)) == source


def test_the_example_comes_back_and_outputs_stay_behind() -> None:
    notebook = to_notebook(SOURCE)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="secret")]

    assert to_source(notebook) == SOURCE


LINE = st.sampled_from(["x = 1", "", "# note", "def f():", "    return 2", "%pip list"])
CODE = st.lists(LINE, min_size=1, max_size=4).map("\n".join)
CELLS = st.lists(
    st.one_of(
        CODE.map(nbformat.v4.new_code_cell),
        st.sampled_from(["# Head", "a\n\nb", ""]).map(nbformat.v4.new_markdown_cell),
        st.just("%sql\nSELECT ';'").map(nbformat.v4.new_code_cell),
    ),
    min_size=1,
    max_size=4,
)


@given(CELLS)
def test_what_is_edited_in_jupyter_comes_back_as_the_same_cells(cells: list[nbformat.NotebookNode]) -> None:
    again = to_notebook(to_source(nbformat.v4.new_notebook(cells=cells)))

    assert [(c.cell_type, c.source) for c in again.cells] == [(c.cell_type, c.source) for c in cells]


def test_a_sql_cell_becomes_a_call_and_others_stay() -> None:
    assert sql_as_python(["%sql\n", "SELECT 1;\n", "SELECT ';'\n"]) == [
        '_sqldf = _run_sql(["SELECT 1", "SELECT \';\'"])\n'.replace('"SELECT 1"', "'SELECT 1'")
    ]
    assert sql_as_python(["%sqlx\n"]) == ["%sqlx\n"]
    assert sql_as_python(["x = '%sql'\n"]) == ["x = '%sql'\n"]


def test_another_file_is_refused() -> None:
    with pytest.raises(NotebookError, match="does not begin with '# Databricks notebook source'"):
        to_notebook("print(1)\n")
