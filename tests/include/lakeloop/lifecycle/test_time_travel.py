"""Whatever way Spark says that a version is gone, one error names it."""

import pytest
from pyspark.errors import AnalysisException

from lakeloop.lifecycle.time_travel import GONE, VersionGoneError, needing


@pytest.mark.parametrize("condition", GONE)
def test_table_version_and_need_are_named(condition: str) -> None:
    said = rf"version 3 of a\.b, which x trains on, is gone from Delta \({condition}\).*DVC snapshot"

    with pytest.raises(VersionGoneError, match=said), needing("a.b", 3, "which x trains on"):
        raise error(condition)


def error(condition: str) -> AnalysisException:
    found = AnalysisException("message")
    found.getCondition = lambda: condition  # type: ignore[method-assign]
    return found


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), needing("a.b", 3, "x"):
        _ = 1 / 0
    with pytest.raises(AnalysisException), needing("a.b", 3, "x"):
        raise error("TABLE_OR_VIEW_NOT_FOUND")
