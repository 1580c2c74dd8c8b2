import pytest

from localbricks.sql.errors import SqlError
from localbricks.sql.text.confs import spark_conf, timeout_seconds


def test_databricks_names_become_sparks_and_the_protocols_own_are_left_out() -> None:
    given = {
        "ANSI_MODE": "true",
        "spark.sql.shuffle.partitions": "4",
        "spark.thriftserver.arrowBasedRowSet.timestampAsString": "false",
        "query_tags": "a:b",
        "STATEMENT_TIMEOUT": "30",
    }
    assert spark_conf(given) == {"spark.sql.ansi.enabled": "true", "spark.sql.shuffle.partitions": "4"}
    assert timeout_seconds(given) == 30


def test_no_timeout_unless_said() -> None:
    assert timeout_seconds(None) is None
    assert timeout_seconds({"statement_timeout": "0"}) is None


def test_an_unknown_setting_is_refused_with_those_there_are() -> None:
    with pytest.raises(SqlError, match=r"ansi_mod is no setting of the local workspace.*ansi_mode"):
        spark_conf({"ansi_mod": "true"})


def test_a_timeout_that_is_no_number_is_refused() -> None:
    with pytest.raises(SqlError, match="STATEMENT_TIMEOUT is 'soon', expected seconds"):
        timeout_seconds({"statement_timeout": "soon"})
