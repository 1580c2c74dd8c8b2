import pytest

from localbricks.sql.statements.listing import legible


@pytest.mark.parametrize("properties", ["[a=1]", "[a=1,b.c=x, y]", "[note=two\nlines]", "[]"])
def test_properties_that_spark_spells_out_are_put_together(properties: str) -> None:
    spelt = f"[{', '.join(properties)}]"
    information = "Table: t\nTable Properties: {}\nSchema: root\n |-- a: integer (nullable = true)\n"

    assert legible(information.format(spelt)) == information.format(properties)


def test_properties_that_are_legible_stay() -> None:
    information = "Table: t\nTable Properties: [a=1,b=2]\nSchema: root\n"

    assert legible(information) == information
