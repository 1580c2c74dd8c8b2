import pytest

from localbricks.sql.errors import SqlError
from localbricks.sql.text.dialect import to_spark


@pytest.mark.parametrize(
    ("sql", "spark"),
    [
        (
            "comment on column dev.s.t.`c` is 'x'",
            "ALTER TABLE `dev`.`s`.`t` ALTER COLUMN `c` COMMENT 'x'",
        ),
        ("set ansi_mode = false", "SET spark.sql.ansi.enabled = false"),
        ("SET TIMEZONE = 'UTC'", "SET spark.sql.session.timeZone = 'UTC'"),
    ],
)
def test_databricks_words_become_sparks(sql: str, spark: str) -> None:
    assert to_spark(sql) == spark


@pytest.mark.parametrize(
    "sql",
    [
        "select * from hive_metastore.s.t",
        "insert into t replace where a > 1 select 1 a",
        "insert into t select replace(on_, 'a', 'b') from s",
        "select * from dev.information_schema.tables",
        "use catalog dev",
        "show catalogs like 'd*'",
        "alter view dev.s.v rename to dev.s.w",
        "alter table s.t rename to s.u",
        "alter table s.t add constraint foreign check (a > 1)",
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
        ("alter table dev.s.t add constraint `k` primary key (a)", "PRIMARY KEY"),
        ("alter table s.t add foreign  key (a) references s.u", "FOREIGN KEY"),
        ("insert into dev.s.t replace using (a) select 1", "REPLACE USING"),
        ("insert into table t as x by name replace on (x.a = b) select 1 b", "REPLACE ON"),
        ("insert t replace\n on x = y select 1", "REPLACE ON"),
        ("copy into t from 's3://x'", "COPY INTO"),
        ("create or refresh streaming table t as select 1", "STREAMING TABLE"),
        ("create catalog c", "CREATE CATALOG"),
        ("drop catalog c cascade", "DROP CATALOG"),
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
