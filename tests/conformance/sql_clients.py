"""The unmodified databricks-sql-connector, as the tests of this folder connect with it."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from databricks import sql
from databricks.sql.client import Connection, Cursor

WAREHOUSE = "/sql/1.0/warehouses/local"
CLUSTER = "/sql/protocolv1/o/0/local"

Connect = Callable[..., Connection]


def connection(stack: dict[str, str], path: str, **options: Any) -> Connection:
    return sql.connect(
        server_hostname=stack["DATABRICKS_HOST"],
        http_path=path,
        access_token=options.pop("token", stack["DATABRICKS_TOKEN"]),
        _connection_uri=stack["DATABRICKS_HOST"] + path,
        enable_telemetry=False,
        **options,
    )


@pytest.fixture
def connect(stack: dict[str, str]) -> Iterator[Connect]:
    opened: list[Connection] = []

    def make(path: str = WAREHOUSE, **options: Any) -> Connection:
        opened.append(connection(stack, path, **options))
        return opened[-1]

    yield make
    for made in opened:
        made.close()


@pytest.fixture
def cursor(connect: Connect) -> Cursor:
    return connect().cursor()


@pytest.fixture
def schema(stack: dict[str, str]) -> Iterator[str]:
    name = f"sql_conformance_{uuid.uuid4().hex[:8]}"
    with connection(stack, WAREHOUSE) as made, made.cursor() as cursor:
        cursor.execute(f"create schema {name}")
        yield name
        cursor.execute(f"drop schema {name} cascade")


def asked(cursor: Cursor, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    cursor.execute(statement, parameters)
    return [tuple(row) for row in cursor.fetchall()]


def names(cursor: Cursor) -> list[str]:
    return [column[0] for column in cursor.description or []]


def storage(stack: dict[str, str]) -> dict[str, str]:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    return {name: stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}
