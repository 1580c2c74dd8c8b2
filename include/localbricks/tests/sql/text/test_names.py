import pytest

from localbricks.sql.text.names import parts_of, quoted
from localbricks.sql.text.targets import unqualified_target


def test_parts_and_back() -> None:
    assert parts_of("a.`b.c`.`d``e`") == ["a", "b.c", "d`e"]
    assert quoted(["a", "b.c", "d`e"]) == "`a`.`b.c`.`d``e`"


@pytest.mark.parametrize(
    ("sql", "target"),
    [
        ("create table t as select 1", "t"),
        ("/* dbt */ CREATE OR REPLACE VIEW `v` as select 1", "`v`"),
        ("drop table if exists t", "t"),
        ("insert into table t values (1)", "t"),
        ("insert overwrite t select 1", "t"),
        ("delete from t", "t"),
        ("merge into t using s on 1=1", "t"),
        ("create table if not exists s.t (a int)", None),
        ("create schema s", None),
        ("create temporary view v as select 1", None),
        ("select * from t", None),
    ],
)
def test_which_table_a_statement_changes_in_the_current_schema(sql: str, target: str | None) -> None:
    assert unqualified_target(sql) == target
