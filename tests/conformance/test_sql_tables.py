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
    assert [tuple(row) for row in cursor.catalogs().fetchall()] == [("dev",)]
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
    cursor.execute(f"create or replace table dev.{schema}.old shallow clone dev.{schema}.new")
    assert asked(cursor, f"select a from {schema}.old") == [(2,)]
    assert [row[1] for row in asked(cursor, f"show tables in {schema}")] == ["new", "old"]
