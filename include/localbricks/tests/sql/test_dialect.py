import pytest

from localbricks.sql.dialect import to_spark
from localbricks.sql.errors import SqlError


@pytest.mark.parametrize(
    ("sql", "spark"),
    [
        ("select * from hive_metastore.s.t", "select * from spark_catalog.s.t"),
        ("select * from `hive_metastore`.`s`.`t`", "select * from spark_catalog.`s`.`t`"),
        ("select * from HIVE_METASTORE . s.t", "select * from spark_catalog . s.t"),
        ("show schemas in hive_metastore", "show schemas in spark_catalog"),
        ("use hive_metastore.s", "use spark_catalog.s"),
        ("USE CATALOG hive_metastore", "USE spark_catalog.default"),
        ("set catalog `spark_catalog`;", "USE spark_catalog.default"),
        (
            "alter view hive_metastore.s.v rename to hive_metastore.s.w",
            "ALTER VIEW spark_catalog.s.v RENAME TO `s`.`w`",
        ),
        ("alter view v rename to `a.b`", "ALTER VIEW v RENAME TO `a.b`"),
        (
            "comment on column hive_metastore.s.t.`c` is 'x'",
            "ALTER TABLE spark_catalog.`s`.`t` ALTER COLUMN `c` COMMENT 'x'",
        ),
        ("select current_catalog()", "SELECT 'hive_metastore' AS `current_catalog()`"),
        ("set ansi_mode = false", "SET spark.sql.ansi.enabled = false"),
        ("SET TIMEZONE = 'UTC'", "SET spark.sql.session.timeZone = 'UTC'"),
    ],
)
def test_databricks_words_become_sparks(sql: str, spark: str) -> None:
    assert to_spark(sql) == spark


@pytest.mark.parametrize(
    "sql",
    [
        "select 'hive_metastore.s.t'",
        'select "hive_metastore.s"',
        "select 1 -- from hive_metastore.s.t",
        "select 1 /* hive_metastore.s.t */",
        "select t.hive_metastore from t",
        "select hive_metastore from t",
        "select r'\\' as a, 'hive_metastore.b'",
        "alter table s.t rename to s.u",
        "SET spark.databricks.clusterUsageTags.sparkVersion",
    ],
)
def test_everything_else_is_left_as_it_is(sql: str) -> None:
    assert to_spark(sql) == sql


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("grant select on table t to x", "GRANT"),
        ("-- a comment\nREVOKE select on table t from x", "REVOKE"),
        ("show grants on table t", "SHOW GRANTS"),
        ("alter table t set tags ('a' = 'b')", "SET TAGS"),
        ("alter table s.t owner to x", "OWNER"),
        ("alter table s.t alter column a set tags ('a' = 'b')", "SET TAGS"),
        ("copy into t from 's3://x'", "COPY INTO"),
        ("create or refresh streaming table t as select 1", "STREAMING TABLE"),
        ("create catalog c", "CREATE CATALOG"),
        ("select * from system.information_schema.tables", "information_schema"),
        ("set statement_timeout = 5", "STATEMENT_TIMEOUT"),
    ],
)
def test_what_only_a_workspace_can_do_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(SqlError, match=r"(?i)NOT_SUPPORTED_LOCALLY.*" + named) as caught:
        to_spark(sql)
    assert caught.value.sqlstate == "0A000"


def test_a_value_that_says_set_tags_is_no_reason_to_refuse() -> None:
    sql = "alter table t set tblproperties ('note' = 'never set tags here')"
    assert to_spark(sql) == sql


def test_another_catalog_is_unknown() -> None:
    with pytest.raises(SqlError, match="'main' was not found; there is hive_metastore") as caught:
        to_spark("use catalog main")
    assert caught.value.sqlstate == "42704"


@pytest.mark.parametrize(
    ("like", "shown"),
    [("", "TRUE"), (" like 'hive*'", "TRUE"), (" like 'a|b'", "FALSE"), (" like 'x|*store'", "TRUE")],
)
def test_show_catalogs_shows_the_name_that_clients_know(like: str, shown: str) -> None:
    assert to_spark(f"show catalogs{like}").endswith(f"WHERE {shown}")
