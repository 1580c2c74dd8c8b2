"""What is done with each cell."""

from pathlib import Path

import pytest

from include.localbricks.notebooks.cells import Planner
from include.localbricks.notebooks.source import NotebookError

HEADER = "# Databricks notebook source\n"
DIVIDER = "\n\n# COMMAND ----------\n\n"


@pytest.fixture
def planner(tmp_path: Path) -> Planner:
    (tmp_path / "Shared").mkdir()
    return Planner(tmp_path)


def save(planner: Planner, name: str, *cells: str) -> None:
    commented = [
        "\n".join(f"# MAGIC {line}" for line in cell.split("\n")) if cell.startswith("%") else cell
        for cell in cells
    ]
    file = planner.root / "Shared" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER + DIVIDER.join(commented), encoding="utf-8")


def test_each_kind_of_cell_becomes_text_or_python(planner: Planner) -> None:
    save(
        planner,
        "n.py",
        "%md # Hi",
        "x = 1",
        "%sql\nSELECT 'it''s'",
        "%python\ny = 2",
        "%sh -e\nls",
        "%timeit x",
    )
    cells = planner.plan("/Workspace/Shared/n")
    assert [(cell.language, cell.code) for cell in cells] == [
        ("markdown", None),
        ("python", "x = 1"),
        ("sql", "get_ipython().run_cell_magic('sql', '', \"SELECT 'it''s'\")"),
        ("python", "y = 2"),
        ("shell", "get_ipython().run_cell_magic('sh', '-e', 'ls')"),
        ("python", "%timeit x"),
    ]
    assert cells[0].shown == "# Hi"
    assert cells[3].shown == "%python\ny = 2"


def test_a_magic_on_one_line_is_a_line_magic(planner: Planner) -> None:
    save(planner, "n.py", "%pip install pandas", "%sql select 1")
    assert [cell.code for cell in planner.plan("/Shared/n")] == [
        "get_ipython().run_line_magic('pip', 'install pandas')",
        "get_ipython().run_line_magic('sql', 'select 1')",
    ]


def test_cells_of_a_sql_notebook_are_sql(planner: Planner) -> None:
    text = (
        "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC x = 1"
    )
    (planner.root / "Shared" / "q.sql").write_text(text)
    assert [cell.language for cell in planner.plan("/Shared/q")] == ["sql", "python"]


def test_run_puts_the_other_notebooks_cells_in_its_place(planner: Planner) -> None:
    save(planner, "lib/deep.py", "z = 3")
    save(planner, "lib/other.py", "%run ./deep", "y = z")
    save(planner, "n.py", '%run ./lib/other $day="a b" $n="1"', "print(y)")
    cells = planner.plan("/Shared/n")
    assert [(cell.code, cell.origin) for cell in cells] == [
        ("dbutils.widgets._pass_on({'day': 'a b', 'n': '1'})", ""),
        ("pass", "/Shared/lib/other"),
        ("z = 3", "/Shared/lib/deep"),
        ("y = z", "/Shared/lib/other"),
        ("print(y)", ""),
    ]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%scala\nprintln(1)", "/Shared/n, cell 2: %scala: Scala cells are not supported"),
        ("%r\nx", "/Shared/n, cell 2: %r: R cells are not supported"),
        ("%run ./n", "%run /Shared/n: the notebook runs itself"),
        ("%run ./nowhere", "%run ./nowhere: there is no such notebook, seen from /Shared"),
        ("%run ../../../etc/passwd", "%run ../../../etc/passwd leaves the workspace"),
        ("%run ./lib day=1", '%run ./lib day=1: expected a path, then widgets like $name="value"'),
        ("%run", "%run : expected a path"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_runs(
    planner: Planner, cell: str, message: str
) -> None:
    save(planner, "n.py", "x = 1", cell)
    with pytest.raises(NotebookError) as caught:
        planner.plan("/Shared/n")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "path", ["/Shared/none", "relative", "/Shared/../../etc/passwd", "/Workspace/Shared/none"]
)
def test_a_notebook_that_is_not_there_is_named(planner: Planner, path: str) -> None:
    with pytest.raises(NotebookError, match=f"notebook {path}"):
        planner.plan(path)


def test_only_cells_that_speak_of_spark_want_a_session(planner: Planner) -> None:
    save(planner, "n.py", "%md about spark", "sparkle = 1", "spark.range(1)", "%sql select 1")
    assert [cell.uses_spark for cell in planner.plan("/Shared/n")] == [False, False, True, True]
