"""Tables over Thrift, and what metadata calls say about them; another engine reads what was written."""

import pytest
from databricks.sql.client import Cursor
from databricks.sql.exc import DatabaseError
from deltalake import DeltaTable

from tests.conformance.sql_clients import asked, storage


def test_a_table_is_delta_and_another_engine_reads_it(
    cursor: Cursor, schema: str, stack: dict[str, str]
) -> None:
    table = f"dev.{schema}.people"
    cursor.execute(f"create table {table} as select 1 as id, 'Ann' as name union all select 2, 'Bob'")
    assert asked(cursor, f"update {table} set name = 'Bea' where id = 2") == [(1,)]
    merged = asked(
        cursor,
        f"merge into {table} t using (select 2 as id, 'Cy' as name union all select 3, 'Dee') s on t.id = s.id "
        "when matched then update set * when not matched then insert *",
    )
    assert merged == [(2, 1, 0, 1)]
    [location] = [row[1] for row in asked(cursor, f"describe extended {table}") if row[0] == "Location"]
    read = DeltaTable(location.replace("s3a://", "s3://"), storage_options=storage(stack)).to_pyarrow_table()
    assert sorted(zip(*read.to_pydict().values(), strict=True)) == [(1, "Ann"), (2, "Cy"), (3, "Dee")]


def test_metadata_calls(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create table {schema}.t (id bigint not null, price decimal(9, 2) comment 'in euros')")
    cursor.execute(f"create view {schema}.v as select id from {schema}.t")
    assert tuple(cursor.schemas(schema_name=schema).fetchone()) == (schema, "dev")
    found = cursor.tables(catalog_name="dev", schema_name=schema).fetchall()
    assert [tuple(row)[:4] for row in found] == [
        ("dev", schema, "t", "TABLE"),
        ("dev", schema, "v", "VIEW"),
    ]
    assert [row.TABLE_NAME for row in cursor.tables(schema_name=schema, table_types=["VIEW"]).fetchall()] == [
        "v"
    ]
    columns = cursor.columns(schema_name=schema, table_name="t").fetchall()
    assert [(c.COLUMN_NAME, c.TYPE_NAME, c.COLUMN_SIZE, c.DECIMAL_DIGITS, c.REMARKS) for c in columns] == [
        ("id", "BIGINT", None, None, ""),
        ("price", "DECIMAL(9,2)", 9, 2, "in euros"),
    ]
    assert [(c.DATA_TYPE, c.NULLABLE, c.ORDINAL_POSITION) for c in columns] == [(-5, 0, 0), (3, 1, 1)]
    assert cursor.tables(schema_name="no_such_%").fetchall() == []


def test_show_table_extended_tells_a_delta_tables_columns(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create table {schema}.t (a int, b array<string>)")
    [row] = asked(cursor, f"show table extended in dev.{schema} like '*'")
    assert "Schema: root\n |-- a: integer (nullable = true)\n |-- b: array" in row[3]


def test_a_view_is_renamed_within_its_catalog(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create view {schema}.v as select 1 as a")
    cursor.execute(f"alter view dev.{schema}.v rename to dev.{schema}.w")
    assert asked(cursor, f"select a from {schema}.w") == [(1,)]


def test_a_clone_replaces_a_table_or_leaves_it(cursor: Cursor, schema: str) -> None:
    for name, value in (("old", 1), ("new", 2)):
        cursor.execute(f"create table {schema}.{name} as select {value} as a")
    with pytest.raises(DatabaseError, match="TABLE_OR_VIEW_NOT_FOUND"):
        cursor.execute(f"create or replace table {schema}.old shallow clone {schema}.nothing")
    assert asked(cursor, f"select a from {schema}.old") == [(1,)]
    clone = f"create or replace table dev.{schema}.old shallow clone dev.{schema}.new tblproperties ('mine' = 'yes')"
    [(size, files, removed, copied, removed_size, copied_size)] = asked(cursor, clone)
    assert (files, removed, copied, copied_size) == (1, 1, 0, 0)
    assert size > 0
    assert removed_size > 0
    assert asked(cursor, f"select a from {schema}.old") == [(2,)]
    assert ("mine", "yes") in asked(cursor, f"show tblproperties {schema}.old")
    assert {row[1] for row in asked(cursor, f"show tables in {schema}")} == {"new", "old"}
    with pytest.raises(DatabaseError, match=r"NOT_SUPPORTED_LOCALLY.*by a clone of itself"):
        cursor.execute(f"create or replace table {schema}.old shallow clone {schema}.old")


def test_a_replacing_clone_is_one_commit_that_goes_on_with_the_tables_history(
    cursor: Cursor, schema: str
) -> None:
    """Whoever is killed leaves the old table or the new one: there is nothing in between."""
    cursor.execute(f"create table {schema}.old (a int)")
    cursor.execute(f"insert into {schema}.old values (1)")
    cursor.execute(f"create table {schema}.new partitioned by (b) as select id, 'x' as b from range(3)")
    cursor.execute(f"delete from {schema}.new where id = 1")
    cursor.execute(f"create or replace table {schema}.old shallow clone {schema}.new")
    history = [(row[0], row[4]) for row in asked(cursor, f"describe history {schema}.old")]
    assert history == [(2, "CLONE"), (1, "WRITE"), (0, "CREATE TABLE")]
    assert asked(cursor, f"select id, b from {schema}.old order by id") == [(0, "x"), (2, "x")]
    assert asked(cursor, f"select a from {schema}.old version as of 1") == [(1,)]
    cursor.execute(f"create or replace table {schema}.old shallow clone {schema}.new version as of 0")
    assert asked(cursor, f"select count(*) from {schema}.old") == [(3,)]
    cursor.execute(f"delete from {schema}.old where id = 0")
    assert asked(cursor, f"select count(*) from {schema}.new") == [(2,)]


def test_set_not_null_checks_the_rows_and_then_holds(cursor: Cursor, schema: str) -> None:
    table = f"dev.{schema}.t"
    cursor.execute(f"create table {table} (a int, b struct<c: int>)")
    cursor.execute(f"insert into {table} values (1, null), (null, null), (null, null)")
    told = (
        rf"DELTA_NEW_NOT_NULL_VIOLATION\] 2 rows in {table} violate the new NOT NULL .* on a.*SQLSTATE: 23512"
    )
    with pytest.raises(DatabaseError, match=told):
        cursor.execute(f"alter table {table} alter column a set not null")
    cursor.execute(f"delete from {table} where a is null")
    cursor.execute(f"alter table {table} alter column A set not null")
    with pytest.raises(DatabaseError, match=r"DELTA_NOT_NULL_CONSTRAINT_VIOLATED.*column: a"):
        cursor.execute(f"insert into {table} values (null, null)")
    assert asked(cursor, f"select a from {table}") == [(1,)]
    assert [row.NULLABLE for row in cursor.columns(schema_name=schema, table_name="t").fetchall()] == [0, 1]
    cursor.execute(f"alter table {table} alter column a drop not null")
    cursor.execute(f"insert into {table} values (null, null)")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("alter column b.c set not null", "SET NOT NULL for the nested field b.c"),
        ("alter column a set not null, b comment 'x'", "SET NOT NULL beside other changes"),
        ("alter column nothing set not null", "UNRESOLVED_COLUMN.*`nothing`"),
    ],
)
def test_what_set_not_null_cannot_do_is_refused_by_name(
    cursor: Cursor, schema: str, change: str, told: str
) -> None:
    cursor.execute(f"create table {schema}.t (a int, b struct<c: int>)")
    with pytest.raises(DatabaseError, match=told):
        cursor.execute(f"alter table {schema}.t {change}")


def test_errors_call_a_table_as_its_client_does(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create table {schema}.t as select 1 as a")
    with pytest.raises(DatabaseError, match=rf"SHOW PARTITIONS .*: dev\.{schema}\.t"):
        cursor.execute(f"show partitions {schema}.t")


@pytest.mark.parametrize(
    "statement",
    [
        "delete from {t} where a in (select a from {t})",
        "update {t} set a = 2 where exists (select 1 from {t} o where o.a = {t}.a)",
    ],
)
def test_a_subquery_in_delete_or_update_is_refused_and_changes_nothing(
    cursor: Cursor, schema: str, statement: str
) -> None:
    cursor.execute(f"create table {schema}.t as select 1 as a")
    with pytest.raises(DatabaseError, match="DELTA_UNSUPPORTED_SUBQUERY"):
        cursor.execute(statement.format(t=f"{schema}.t"))
    assert asked(cursor, f"select a from {schema}.t") == [(1,)]


def test_insert_replace_on_is_refused_by_name(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create table {schema}.t as select 1 as a")
    with pytest.raises(DatabaseError, match=r"NOT_SUPPORTED_LOCALLY\] REPLACE USING .*write MERGE"):
        cursor.execute(f"insert into {schema}.t replace using (a) select 1 as a")
