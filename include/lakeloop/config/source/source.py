"""What every kind of source has in common: its name, its tables, and what they are called."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from lakeloop.config.base import Config, Minutes, Name, Text, Timezone
from lakeloop.config.cron import Cron
from lakeloop.config.source.table import Arrival, Table

Layer = Literal["bronze", "silver"]


class Source(Config):
    """`include/sources/<name>.yaml`; `name` is what the file is called, its ``kind`` says which class it is."""

    name: Name
    description: Text
    owner: Text
    tags: tuple[Text, ...] = ()
    timezone: Timezone = "UTC"
    tables: Mapping[Name, Table] = Field(min_length=1)
    arrival: Arrival
    schedule: Cron | None = Field(
        default=None, description="cron of the ingest, UTC; none: triggered from outside"
    )
    retries: int = Field(default=2, ge=0, le=10)
    timeout: Minutes = 30

    def schema(self, layer: Layer) -> str:  # type: ignore[override]  # pydantic's own `schema` is deprecated
        """``retail_silver`` for the layer ``silver``."""
        return f"{self.name}_{layer}"

    def table(self, layer: Layer, table: str) -> str:
        """``retail_silver.orders``: no catalog, so that one SQL text serves every target.

        Raises KeyError for a table that the source does not have.
        """
        if table not in self.tables:
            raise KeyError(f"source {self.name} has no table {table!r}; it has {', '.join(self.tables)}")
        return f"{self.schema(layer)}.{table}"

    def quarantine(self, table: str) -> str:
        """``retail_silver.orders_quarantine``: rows of `table` that were kept out, each with its reason."""
        return f"{self.table('silver', table)}_quarantine"

    def superseded(self, table: str) -> str:
        """``retail_silver.orders_superseded``: versions of rows that another version replaced."""
        return f"{self.table('silver', table)}_superseded"
