"""What a source's YAML declares against the tables that were made by it before.

A table keeps the columns it was made with: rows that are there already would have nothing in a new one, and the stored
schema of the stream would go on putting its values into `_rescued_data`.
"""

from typing import TYPE_CHECKING

from lakeloop.config import Source, Target

from .bronze import ARRIVED_AT, INGESTED_AT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OWN = (ARRIVED_AT, INGESTED_AT)  # silver's own columns


class ColumnsChangedError(ValueError):
    """The columns that are declared are not those that the tables were made with."""


def fitting(spark: "SparkSession", source: Source, target: Target, name: str, present: set[str]) -> set[str]:
    """Those of the `present` tables that can stay: silver is dropped when it was made for other columns and is empty.

    Raises ColumnsChangedError when it is not empty.
    """
    silver = source.table("silver", name)
    changes = _changes(spark, source, name) if silver in present else []
    if not changes:
        return present
    if spark.table(silver).limit(1).count():
        raise ColumnsChangedError(f"{silver}: {'; '.join(changes)}. {_what_to_do(source, target, name)}")
    made_anew = {silver, source.superseded(name)}
    for table in made_anew:
        spark.sql(f"DROP TABLE IF EXISTS {table}")
    return present - made_anew


def _changes(spark: "SparkSession", source: Source, name: str) -> list[str]:
    columns = spark.table(source.table("silver", name)).schema
    present = {column.name: column.dataType.simpleString() for column in columns if column.name not in OWN}
    declared = {column: said.type for column, said in source.tables[name].columns.items()}
    return [
        f"{column} is {_shown(declared, column)} in the YAML, and {_shown(present, column)} in the table"
        for column in {**declared, **present}
        if present.get(column) != declared.get(column)
    ]


def _shown(columns: dict[str, str], column: str) -> str:
    return columns.get(column, "missing")


def _what_to_do(source: Source, target: Target, name: str) -> str:
    tables = (
        source.table("bronze", name),
        source.table("silver", name),
        source.superseded(name),
        source.quarantine(name),
    )
    return (
        f"Declare what is there, or have all files of {name} read anew: pause {source.name}_ingest, drop the tables "
        f"{', '.join(tables)}, delete {target.checkpoint_uri(source, name)}, and trigger the DAG."
    )
