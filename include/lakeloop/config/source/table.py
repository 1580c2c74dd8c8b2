"""What a source says of each of its tables: columns, keys, and which version of a row wins."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lakeloop.config.base import Config, Name, Names, Text
from lakeloop.config.sql_type import SqlType, as_key

Missing = Literal["keep", "quarantine"]
NEWEST_ARRIVAL, FIRST_ARRIVAL = "newest_arrival", "first_arrival"


class Column(Config):
    """One column of a silver table; in YAML just its type, or a mapping when there is more to say."""

    type: SqlType
    description: Text | None = None
    missing: Missing = Field(
        default="keep", description="what becomes of a row without a value here; a key is always quarantined"
    )
    fill: int | float | str | bool | None = Field(
        default=None, description="value that stands for a missing one"
    )
    personal: bool = Field(default=False, description="whether it tells something about a person")

    @model_validator(mode="after")
    def _filled_or_quarantined(self) -> Self:
        if self.fill is not None and self.missing == "quarantine":
            raise ValueError("has both fill and missing: quarantine; expected one of them")
        return self


def _as_column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class Freshness(Config):
    """How old the newest arrival may be, in hours; a warning is shown, an error stops the transformation."""

    warn_after: int = Field(ge=1)
    error_after: int = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.error_after <= self.warn_after:
            raise ValueError(
                f"error_after is {self.error_after}, expected more than warn_after ({self.warn_after})"
            )
        return self


class Table(Config):
    """Rows of one kind that arrive, and the silver table made of them."""

    description: Text | None = None
    columns: dict[Name, Annotated[Column, BeforeValidator(_as_column)]] = Field(
        min_length=1, description="of the silver table, in order"
    )
    keys: Names = Field(
        min_length=1, description="what makes a row unique; a row without one of them is quarantined"
    )
    event_time: Name | None = Field(
        default=None, description="date or timestamp; a row from after its arrival is quarantined"
    )
    corrections: Name = Field(
        default=NEWEST_ARRIVAL,
        description=f"which row of a key wins: {NEWEST_ARRIVAL}, {FIRST_ARRIVAL}, or the highest value of a column",
    )
    freshness: Freshness | None = None

    @property
    def ddl(self) -> str:
        """The columns as Spark writes a schema: ``customer_id bigint, store_id bigint``."""
        return ", ".join(f"{name} {column.type}" for name, column in self.columns.items())

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which a row is quarantined."""
        marked = [name for name, column in self.columns.items() if column.missing == "quarantine"]
        return tuple(dict.fromkeys([*self.keys, *([self.event_time] if self.event_time else []), *marked]))

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        named = {"keys": self.keys, "event_time": (self.event_time,) if self.event_time else ()}
        if self.corrections not in (NEWEST_ARRIVAL, FIRST_ARRIVAL):
            named["corrections"] = (self.corrections,)
        for key, names in named.items():
            for name in names:
                if name not in self.columns:
                    raise ValueError(
                        f"{key}: {name} is no column of this table; columns are {', '.join(self.columns)}"
                    )
        return self

    @model_validator(mode="after")
    def _keys_hold_one_value(self) -> Self:
        for name in self.keys:
            try:
                as_key(self.columns[name].type)
            except ValueError as error:
                raise ValueError(f"keys: {name} is {self.columns[name].type}: {error}") from None
        return self

    @model_validator(mode="after")
    def _corrections_can_be_ordered(self) -> Self:
        ranked = self.columns.get(self.corrections)
        if ranked and "map<" in ranked.type:
            raise ValueError(
                f"corrections: {self.corrections} is {ranked.type}, but of maps none is the highest; expected a column "
                f"that can be ordered, {NEWEST_ARRIVAL} or {FIRST_ARRIVAL}"
            )
        return self

    @model_validator(mode="after")
    def _event_time_is_a_time(self) -> Self:
        if self.event_time and self.columns[self.event_time].type not in (
            "date",
            "timestamp",
            "timestamp_ntz",
        ):
            seen = self.columns[self.event_time].type
            raise ValueError(
                f"event_time: {self.event_time} is {seen}, expected date, timestamp or timestamp_ntz"
            )
        return self


class Arrival(Config):
    """When the pipeline takes a row to have arrived; each kind of source says more about it."""

    tolerance: int = Field(ge=0, description="hours that an event may lie after its arrival")
