"""Which ages are an error, and which a warning."""

import pytest

from lakeloop.config import Source, load_source
from lakeloop_airflow.operators.freshness import findings


@pytest.fixture
def source() -> Source:
    return load_source("retail")


@pytest.mark.parametrize(
    ("hours", "errors", "warnings"),
    [(0.5, 0, 0), (192.0, 0, 0), (193.0, 0, 1), (744.0, 0, 1), (745.0, 1, 0), (None, 1, 0)],
)
def test_the_limits_of_the_yaml_decide(
    source: Source, hours: float | None, errors: int, warnings: int
) -> None:
    found = findings(source, {"transactions": hours})
    assert (len(found[0]), len(found[1])) == (errors, warnings)
    assert all("retail_silver.transactions" in text for texts in found for text in texts)
