"""Whatever way Spark says that a version is gone, one error names it."""

import pytest
from pyspark.errors import AnalysisException, PySparkException

from lakeloop.lifecycle.time_travel import GONE, VersionGoneError, needing


@pytest.mark.parametrize("condition", GONE)
def test_table_version_and_need_are_named(condition: str) -> None:
    said = rf"version 3 of a\.b, which x trains on, is gone from Delta \({condition}\).*DVC snapshot"

    with pytest.raises(VersionGoneError, match=said), needing("a.b", 3, "which x trains on"):
        raise error(condition)


def test_a_stage_that_failed_for_a_file_says_it_too() -> None:
    message = "Job aborted due to stage failure: [FAILED_READ_FILE.FILE_NOT_EXIST] File does not exist."

    with pytest.raises(VersionGoneError, match=r"version 3 of a\.b"), needing("a.b", 3, "x"):
        raise PySparkException(message)


def error(condition: str) -> AnalysisException:
    found = AnalysisException("message")
    found.getCondition = lambda: condition  # type: ignore[method-assign]
    return found


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), needing("a.b", 3, "x"):
        _ = 1 / 0
    with pytest.raises(AnalysisException), needing("a.b", 3, "x"):
        raise error("TABLE_OR_VIEW_NOT_FOUND")
