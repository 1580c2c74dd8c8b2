"""The documents name tests as witnesses; those exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import AfterValidator, BaseModel

from localbricks.jobs.requests import clusters, fields, models, tasks
from pyspark_cloudfiles import options

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
    """Whether one room of the conformance tests has the file, and the file the test."""
    found = list((ROOT / "tests" / "conformance").rglob(file)) if file else []
    return len(found) == 1 and (not test or f"def {test}(" in found[0].read_text(encoding="utf-8"))


def refused_fields() -> Iterator[str]:
    """The fields of the Jobs API that are there to be refused."""
    for module in (clusters, models, tasks):
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel):
                yield from (name for name, field in model.model_fields.items() if _is_refused(field.metadata))


def _is_refused(metadata: list[object]) -> bool:
    return any(isinstance(part, AfterValidator) and part.func is fields._refuse for part in metadata)


@pytest.fixture(scope="module")
def refusals() -> str:
    """What the document says of refusals."""
    text = (ROOT / "docs" / "localbricks.md").read_text(encoding="utf-8")
    return text[text.index("## Refused by name") : text.index("## Limits")]


def test_each_refused_field_of_the_jobs_api_is_in_the_document(refusals: str) -> None:
    found = set(refused_fields())
    assert len(found) > 40
    assert sorted(name for name in found if f"`{name}`" not in refusals) == []


def test_each_option_of_auto_loader_is_in_the_document(refusals: str) -> None:
    assert [name for name in options.KNOWN if f"`{name}" not in refusals.lower()] == []
    assert [name for name in options.PLAIN - {"path", options.METADATA} if name not in refusals.lower()] == []
