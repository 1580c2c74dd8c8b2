"""The documents name tests as witnesses; those exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WITNESS = re.compile(r"`(test_\w+\.py)?(?:::(test_\w+))?`")


def witnesses(text: str) -> list[tuple[str, str]]:
    """Each file and test that a row of the table names; a row names its file once, then only tests."""
    found: list[tuple[str, str]] = []
    file = ""
    for named, test in WITNESS.findall(text):
        file = named or file
        if named or test:
            found.append((file, test))
    return found


def test_each_witness_of_the_workspace_is_a_conformance_test() -> None:
    rows = witnesses((ROOT / "docs" / "localbricks.md").read_text(encoding="utf-8"))
    assert len(rows) > 20
    missing = [row for row in rows if not _exists(*row)]
    assert missing == []


def _exists(file: str, test: str) -> bool:
    path = ROOT / "tests" / "conformance" / file
    return path.is_file() and (not test or f"def {test}(" in path.read_text(encoding="utf-8"))
