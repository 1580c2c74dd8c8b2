import grpc
import pytest
from pyspark.errors import PySparkException
from pyspark.errors.exceptions.connect import AnalysisException

from localbricks.sql.errors import SqlError, from_spark, not_supported


class Unavailable(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


def test_message_state_condition_and_trace_are_told_apart() -> None:
    raised = AnalysisException(
        "[TABLE_OR_VIEW_NOT_FOUND] `x` is not there. SQLSTATE: 42P01\n\nJVM stacktrace:\norg.apache.spark...",
        errorClass="TABLE_OR_VIEW_NOT_FOUND",
        sql_state="42P01",
    )
    error = from_spark(raised)
    assert error.message == "[TABLE_OR_VIEW_NOT_FOUND] `x` is not there. SQLSTATE: 42P01"
    assert (error.sqlstate, error.condition, error.diagnostic) == (
        "42P01",
        "TABLE_OR_VIEW_NOT_FOUND",
        "org.apache.spark...",
    )


@pytest.mark.parametrize(
    "raised",
    [
        Unavailable("Connection refused"),
        PySparkException("[INVALID_HANDLE.SESSION_CHANGED] The handle is invalid"),
        PySparkException("[INVALID_HANDLE.SESSION_CLOSED] The handle is invalid"),
    ],
)
def test_a_lost_session_says_what_to_do(raised: BaseException) -> None:
    error = from_spark(raised)
    assert (error.sqlstate, error.condition) == ("08S01", "SPARK_SESSION_LOST")
    assert "Open a new connection" in error.message


def test_a_state_that_the_text_lacks_is_added() -> None:
    error = from_spark(AnalysisException("no", errorClass="ODD", sql_state="42000"))
    assert error.message == "[ODD] no SQLSTATE: 42000"


def test_what_is_known_already_stays_and_the_rest_is_general() -> None:
    known = not_supported("GRANT", "privileges need Unity Catalog")
    assert from_spark(known) is known
    assert from_spark(ValueError("boom")) == SqlError("boom", "HY000")
