"""Every suite that dbt-tests-adapter has is run here, or named in `refused.py`; no stack is needed."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dbt.tests import adapter

from tests.conformance.dbt_suites.refused import REFUSED

SUITES = Path(next(iter(adapter.__path__)))
HERE = Path(__file__).parent


def _classes(file: Path) -> Iterator[ast.ClassDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (node for node in tree.body if isinstance(node, ast.ClassDef))


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases}


def _has_tests(node: ast.ClassDef) -> bool:
    return any(isinstance(part, ast.FunctionDef) and part.name.startswith("test") for part in node.body)


@cache
def _all_bases() -> dict[str, set[str]]:
    return {node.name: _bases(node) for file in SUITES.rglob("*.py") for node in _classes(file)}


def _with_ancestors(names: set[str]) -> set[str]:
    """Return the names of the classes and of all that they build on."""
    bases = _all_bases()
    found: set[str] = set()
    while names:
        found |= names
        names = set().union(*(bases.get(name, set()) for name in names)) - found
    return found


def _of_the_adapter() -> dict[str, str]:
    """Return each class with tests that others are to subclass, by its module and name: its name alone."""
    found = [(file, node) for file in sorted(SUITES.rglob("*.py")) for node in _classes(file)]
    tested = {node.name for _, node in found if _has_tests(node)}
    modules = {file: ".".join(file.relative_to(SUITES).with_suffix("").parts) for file, _ in found}
    return {
        f"{modules[file]}.{node.name}": node.name
        for file, node in found
        if not node.name.startswith("Test") and _with_ancestors({node.name}) & tested
    }


def _run_here() -> set[str]:
    """Return the names of the classes that are subclassed here, and of those that these build on."""
    return _with_ancestors(
        set().union(*(_bases(node) for file in HERE.glob("test_*.py") for node in _classes(file)))
    )


def _reason(suite: str) -> str | None:
    return next((why for name, why in REFUSED.items() if f"{suite}.".startswith(f"{name}.")), None)


def test_each_suite_is_run_or_refused_by_name() -> None:
    run = _run_here()
    left = [suite for suite, name in _of_the_adapter().items() if name not in run and _reason(suite) is None]
    assert left == []


def test_what_is_refused_is_there_and_is_not_run() -> None:
    suites, run = _of_the_adapter(), _run_here()
    for name in REFUSED:
        refused = {suite for suite in suites if f"{suite}.".startswith(f"{name}.")}
        assert refused, f"{name} is no suite"
        assert not {suite for suite in refused if suites[suite] in run}
