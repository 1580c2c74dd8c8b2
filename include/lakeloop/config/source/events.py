"""A source of kind `events`: messages that arrive in topics of Kafka."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Name
from lakeloop.config.source.source import Source
from lakeloop.config.source.table import Arrival, Table

# What a JSON value can be told to be without a doubt, and how JSON Schema says it.
JSON_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer"},
    "bigint": {"type": "integer"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}


class EventTable(Table):
    """JSON messages of one topic, and the silver table made of them."""

    partition_by: Name = Field(
        description="column that is the message's key: what has the same value stays in order"
    )
    partitions: int = Field(default=4, ge=1, le=1000)
    retention_days: int = Field(default=30, ge=1, description="how long the topic keeps a message")

    @property
    def json_schema(self) -> dict[str, Any]:
        """What a message has to be, as JSON Schema (draft 2020-12). Fields that nobody declared do no harm."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {name: JSON_TYPES[column.type] for name, column in self.columns.items()},
            "required": list(self.required),
        }

    @model_validator(mode="after")
    def _columns_are_json_values(self) -> Self:
        for name, column in self.columns.items():
            if column.type not in JSON_TYPES:
                raise ValueError(
                    f"columns: {name} is {column.type}; expected of a message one of {', '.join(JSON_TYPES)}"
                )
        return self

    @model_validator(mode="after")
    def _partitioned_by_a_required_column(self) -> Self:
        if self.partition_by not in self.required:
            raise ValueError(
                f"partition_by: {self.partition_by} may be missing; expected a column that every message has: "
                f"{', '.join(self.required)}"
            )
        return self


class EventArrival(Arrival):
    """A message arrived when its timestamp says."""

    tolerance: int = Field(default=1, ge=0, description="hours that an event may lie after its arrival")


class EventSource(Source):
    """`include/sources/<name>.yaml` with ``kind: events``."""

    kind: Literal["events"]
    arrival: EventArrival = EventArrival()
    tables: dict[Name, EventTable] = Field(min_length=1)
    topics: (
        Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,100}$", description="prefix of the topics")] | None
    ) = None

    def topic(self, table: str) -> str:
        """``cards.transactions``. Raises KeyError for a table that the source does not have."""
        if table not in self.tables:
            raise KeyError(f"source {self.name} has no table {table!r}; it has {', '.join(self.tables)}")
        return f"{self.topics or self.name}.{table}"
