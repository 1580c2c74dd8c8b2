import pytest

from pyspark_cloudfiles.ddl import DdlError, parse


@pytest.mark.parametrize(
    ("ddl", "read"),
    [
        ("a bigint, b string", "a:bigint,b:string"),
        ("price DECIMAL(10, 2), rest decimal", "price:decimal(10,2),rest:decimal(10,0)"),
        ("`a b` timestamp_ntz,c long", "a b:timestamp_ntz,c:bigint"),
        (
            "lines array<struct<sku:string,sizes:map<string,decimal(4,1)>>>, d date",
            "lines:array<struct<sku:string,sizes:map<string,decimal(4,1)>>>,d:date",
        ),
    ],
)
def test_columns_of_every_type_are_read(ddl: str, read: str) -> None:
    assert parse(ddl).simpleString() == f"struct<{read}>"


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        ("a", "it ends too early"),
        ("a bigint b", "'b' is left over"),
        ("a money", "column a is money, expected one of bigint, binary"),
        ("a array<bigint", "ends too early"),
        ("a map<string>", "'>' where ',' was expected"),
        ("a struct<b bigint>", "'bigint' where ':' was expected"),
        ("a decimal(x)", "'x' where a number was expected"),
        (", a bigint", "',' where the name of a column"),
        ("a bigint;", "';' cannot be part of a schema"),
    ],
)
def test_what_is_no_schema_is_named(ddl: str, said: str) -> None:
    with pytest.raises(DdlError, match=said.replace("(", r"\(")):
        parse(ddl)
