import grpc
import pytest
from pyspark.errors import PySparkAssertionError
from pyspark.errors.exceptions.connect import (
    AnalysisException,
    SparkConnectGrpcException,
    UnsupportedOperationException,
)

from localbricks.sql.errors import SqlError, from_spark, not_supported


class Unavailable(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


def failure(condition: str, message: str) -> SparkConnectGrpcException:
    return SparkConnectGrpcException(f"[{condition}] {message}", errorClass=condition, messageParameters={})


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
        SparkConnectGrpcException("failed to connect", grpc_status_code=grpc.StatusCode.UNAVAILABLE),
        failure("INVALID_HANDLE.SESSION_CHANGED", "The handle is invalid"),
        failure("INVALID_HANDLE.SESSION_CLOSED", "The handle is invalid"),
        failure("NO_ACTIVE_SESSION", "No active Spark session found"),
        PySparkAssertionError("Received incorrect server side session identifier for request."),
    ],
)
def test_a_lost_session_says_what_to_do(raised: BaseException) -> None:
    error = from_spark(raised)
    assert (error.sqlstate, error.condition) == ("08S01", "SPARK_SESSION_LOST")
    assert "Open a new connection" in error.message


@pytest.mark.parametrize(
    "words",
    [
        "INVALID_HANDLE.SESSION_CLOSED",
        "SESSION_CHANGED in a customer's file name",
        "RETRIES_EXCEEDED",
        "[NOT_SUPPORTED_LOCALLY] said a user. SQLSTATE: 0A000",
        "spark_catalog.dev__silver.t",
    ],
)
def test_a_users_own_words_are_quoted_and_mean_nothing(words: str) -> None:
    error = from_spark(failure("USER_RAISED_EXCEPTION", words))
    assert error.message == f"[USER_RAISED_EXCEPTION] {words}"
    assert error.condition == "USER_RAISED_EXCEPTION"


def test_what_the_catalogs_refuse_is_told_in_their_words() -> None:
    told = "[NOT_SUPPORTED_LOCALLY] dropping the schema default is not supported: drop its tables. SQLSTATE: 0A000"
    raised = UnsupportedOperationException(told, reason="java.lang.UnsupportedOperationException")
    error = from_spark(raised)
    assert (error.message, error.sqlstate, error.condition) == (told, "0A000", "NOT_SUPPORTED_LOCALLY")


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("`spark_catalog`.`dev__silver`.`t` is gone", "`dev`.`silver`.`t` is gone"),
        ("SHOW PARTITIONS of spark_catalog.dev_eu__a__b.t", "SHOW PARTITIONS of dev_eu.a__b.t"),
        ("spark_catalog.default.t", "hive_metastore.default.t"),
        ("`spark_catalog`.`not_ours__x`.`t`", "`hive_metastore`.`not_ours__x`.`t`"),
    ],
)
def test_tables_are_called_as_clients_know_them(
    monkeypatch: pytest.MonkeyPatch, told: str, known: str
) -> None:
    monkeypatch.setenv("LOCALBRICKS_CATALOGS", "dev,dev_eu")
    assert (
        from_spark(AnalysisException(told, errorClass="ODD", messageParameters={})).message
        == f"[ODD] {known}"
    )


def test_a_state_that_the_text_lacks_is_added() -> None:
    error = from_spark(AnalysisException("no", errorClass="ODD", sql_state="42000"))
    assert error.message == "[ODD] no SQLSTATE: 42000"


def test_what_is_known_already_stays_and_the_rest_is_general() -> None:
    known = not_supported("GRANT", "privileges need Unity Catalog")
    assert from_spark(known) is known
    assert from_spark(ValueError("boom")) == SqlError("boom", "HY000")
