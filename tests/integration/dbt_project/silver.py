"""Silver tables as the ingest job leaves them, made by hand: one row per key, corrections beside them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lakeloop.config import Source

Row = dict[str, Any]
FIRST_SUNDAY = date(2017, 1, 1)
NEW_YORK = ZoneInfo("America/New_York")


def local(week: int, day: int, hour: int = 12) -> datetime:
    """A moment of a week (0-based, of 2017) and day (0 to 6) by the clock of New York, in UTC."""
    at = FIRST_SUNDAY + timedelta(days=7 * week + day)
    return datetime(at.year, at.month, at.day, hour, tzinfo=NEW_YORK).astimezone(UTC)


def last_day(week: int) -> date:
    """The period's `as_of`."""
    return FIRST_SUNDAY + timedelta(days=7 * week + 6)


def end_of(day: datetime) -> datetime:
    """Midnight after a moment, in New York: when the file with it arrives."""
    after = day.astimezone(NEW_YORK).date() + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=NEW_YORK).astimezone(UTC)


def receipt(
    household: int, at: datetime, basket: int, product: int = 1, sales: float = 5.0, **more: float
) -> Row:
    """One line of a receipt."""
    discounts = {"retail_disc": 0.0, "coupon_disc": 0.0, "coupon_match_disc": 0.0}
    keys = {"household_id": household, "store_id": 1, "basket_id": basket, "product_id": product}
    return (
        keys | {"quantity": 1, "sales_value": sales} | discounts | more
        | {"transaction_timestamp": at, "_arrived_at": end_of(at)}
    )  # fmt: skip


@dataclass
class Silver:
    """The silver tables of `source` below a prefix. `deliver` keeps the rule `newest_arrival`, in plain Python."""

    source: Source
    prefix: str
    execute: Callable[[str], Any]
    rows: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    clock: datetime = datetime(2018, 1, 1, tzinfo=UTC)

    def create(self) -> None:
        """Empty tables with the columns that the job `ingest` gives them."""
        self.execute(f"CREATE SCHEMA {self.prefix}{self.source.schema('silver')}")
        for name, table in self.source.tables.items():
            columns = f"{table.ddl}, _arrived_at TIMESTAMP, _ingested_at TIMESTAMP"
            self.execute(f"CREATE TABLE {self._name(name)} ({columns}) USING DELTA")
            superseded = f"{columns}, _superseded_at TIMESTAMP"
            self.execute(f"CREATE TABLE {self._name(name)}_superseded ({superseded}) USING DELTA")

    def clear(self) -> None:
        """Take all rows out; the clock goes on."""
        for name in self.rows:
            self.execute(f"TRUNCATE TABLE {self._name(name)}")
            self.execute(f"TRUNCATE TABLE {self._name(name)}_superseded")
        self.rows = {}

    def deliver(self, deliveries: Mapping[str, Iterable[Row]]) -> None:
        """Bring rows by table; all of them are written at one moment, later than the last one's."""
        self.clock += timedelta(hours=1)
        for name, arrived in deliveries.items():
            kept, replaced = self.rows.setdefault(name, {}), []
            for row in arrived:
                replaced += self._place(name, kept, {"_arrived_at": self.clock} | row)
            self._write(name, kept.values())
            self._add_superseded(name, replaced)

    def cut(self, prefix: str, table: str, condition: str) -> None:
        """Views with another prefix: the same tables, `table` only where `condition` holds."""
        self.execute(f"CREATE SCHEMA {prefix}{self.source.schema('silver')}")
        for name in [*self.source.tables, *(f"{name}_superseded" for name in self.source.tables)]:
            where = f" WHERE {condition}" if name.removesuffix("_superseded") == table else ""
            silver = f"{self.source.schema('silver')}.{name}"
            self.execute(f"CREATE VIEW {prefix}{silver} AS SELECT * FROM {self.prefix}{silver}{where}")

    def _place(self, name: str, kept: dict[tuple[Any, ...], Row], row: Row) -> list[Row]:
        """Put `row` in its place; returns the version that lost, if there are two."""
        key = tuple(row[column] for column in self.source.tables[name].keys)
        old = kept.get(key)
        if old is not None and all(
            old.get(column) == row.get(column) for column in self.source.tables[name].columns
        ):
            return []
        row = row | {"_ingested_at": self.clock}
        if old is not None and old["_arrived_at"] > row["_arrived_at"]:
            return [row]
        kept[key] = row
        return [old] if old else []

    def _write(self, name: str, rows: Iterable[Row]) -> None:
        values = ", ".join(self._values(name, row, "_arrived_at", "_ingested_at") for row in rows)
        self.execute(f"INSERT OVERWRITE {self._name(name)} VALUES {values}")

    def _add_superseded(self, name: str, rows: list[Row]) -> None:
        if rows:
            moments = ("_arrived_at", "_ingested_at", "_superseded_at")
            values = ", ".join(
                self._values(name, row | {"_superseded_at": self.clock}, *moments) for row in rows
            )
            self.execute(f"INSERT INTO {self._name(name)}_superseded VALUES {values}")

    def _values(self, name: str, row: Row, *moments: str) -> str:
        typed = {column: spec.type for column, spec in self.source.tables[name].columns.items()}
        typed |= dict.fromkeys(moments, "timestamp")
        return f"({', '.join(_literal(row.get(column), kind) for column, kind in typed.items())})"

    def _name(self, table: str) -> str:
        return f"{self.prefix}{self.source.table('silver', table)}"


def _literal(value: Any, kind: str) -> str:
    if value is None:
        return f"CAST(NULL AS {kind})"
    if isinstance(value, datetime):
        return f"TIMESTAMP'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00:00'"
    return f"CAST('{value}' AS {kind})"
