"""Delta tables on disk behind the calls of a Spark session that a notebook makes while its driver trains.

delta-rs reads the tables and answers the SQL: no JVM, and what a Delta version holds is what Delta says.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, write_deltalake

SHOWN = re.compile(r"SHOW (SCHEMAS|TABLES IN \w+) LIKE '(\w+)'")
AT_VERSION = re.compile(r"(\w+\.\w+) VERSION AS OF (\d+)")
TABLE = re.compile(r"FROM (\w+\.\w+)")


class Tables:
    """Schemas as folders of `folder`, tables as folders of those; it answers where a Spark session is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalog = SimpleNamespace(setCurrentCatalog=lambda name: None)
        self.conf: Any = {"spark.driver.maxResultSize": "4g"}
        self.conf = SimpleNamespace(get=self.conf.get, set=self.conf.__setitem__)

    def write(self, name: str, frame: pd.DataFrame) -> int:
        """A new version of the table ``schema.table``; returns its number."""
        write_deltalake(self._path(name), pa.Table.from_pandas(frame, preserve_index=False), mode="overwrite")
        return DeltaTable(self._path(name)).version()

    def sql(self, statement: str) -> "Rows":
        shown = SHOWN.fullmatch(statement)
        if shown:
            place, name = shown.groups()
            folder = self.folder / place.removeprefix("TABLES IN ") if place != "SCHEMAS" else self.folder
            names = [found.name for found in folder.iterdir() if found.name == name]
            return Rows(QueryBuilder(), "", [{"tableName": found} for found in names])
        return self._query(statement)

    def _query(self, statement: str) -> "Rows":
        at, builder = AT_VERSION.search(statement), QueryBuilder()
        name = at[1] if at else TABLE.search(statement)[1]  # type: ignore[index]
        builder.register("asked", DeltaTable(self._path(name), version=int(at[2]) if at else None))
        text = AT_VERSION.sub("asked", statement).replace(f"FROM {name}", "FROM asked")
        return Rows(builder, re.sub(r"unix_micros\((\w+)\)", r"CAST(\1 AS BIGINT)", text))

    def _path(self, name: str) -> Path:
        return self.folder.joinpath(*name.split("."))


@dataclass(frozen=True)
class Rows:
    """What a query asks for, as a DataFrame of Spark; `found` where the answer is known already."""

    builder: QueryBuilder
    query: str
    found: "list[dict[str, Any]] | None" = None
    by: str = ""

    @property
    def dtypes(self) -> list[tuple[str, str]]:
        kinds = {"int64": "bigint", "int32": "int", "date32[day]": "date", "string": "string"}
        return [(field.name, kinds.get(str(field.type), str(field.type))) for field in self._table().schema]

    @property
    def schema(self) -> Any:
        return SimpleNamespace(fields=[SimpleNamespace(name=name, metadata={}) for name, _ in self.dtypes])

    @property
    def columns(self) -> list[str]:
        return [name for name, _ in self.dtypes]

    def where(self, condition: str) -> "Rows":
        return replace(self, query=f"SELECT * FROM ({self.query}) WHERE {condition}")

    def select(self, *columns: str) -> "Rows":
        return replace(self, query=f"SELECT {', '.join(columns)} FROM ({self.query})")

    def groupBy(self, column: str) -> "Rows":  # noqa: N802  # Spark's name
        return replace(self, by=column)

    def agg(self, *asked: Any) -> "Rows":
        texts = [repr(one).removeprefix("Column<'").removesuffix("'>") for one in asked]
        figures = ", ".join(texts).replace("unresolvedstar()", "*")
        return replace(
            self, query=f"SELECT {self.by}, {figures} FROM ({self.query}) GROUP BY {self.by}", by=""
        )

    def collect(self) -> list[Any]:
        rows: Iterable[dict[str, Any]] = self.found if self.found is not None else self._table().to_pylist()
        return [SimpleNamespace(asDict=row.copy) for row in rows]

    def toPandas(self) -> pd.DataFrame:  # noqa: N802  # Spark's name
        return self._table().to_pandas()

    def _table(self) -> pa.Table:
        return pa.table(self.builder.execute(self.query).read_all())
