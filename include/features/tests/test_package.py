"""What the package offers, and what it takes to ask it."""

import subprocess
import sys

import pytest

import eventfeatures

LOADED = """
import sys, eventfeatures
features = [{"name": "h", "kind": "hour"}]
eventfeatures.parse({"time": "t", "id": "i", "entities": {"e": {"key": "k"}}, "features": features})
print(sorted({"pandas", "pyarrow", "numpy"} & set(sys.modules)))
"""


def test_everything_that_is_offered_is_there() -> None:
    assert all(getattr(eventfeatures, name) for name in eventfeatures.__all__)
    with pytest.raises(AttributeError, match="'eventfeatures' has no attribute 'Engines'"):
        _ = eventfeatures.Engines


def test_a_definition_is_checked_without_the_libraries_that_compute() -> None:
    """Airflow parses DAG files again and again, and with them the use cases."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
