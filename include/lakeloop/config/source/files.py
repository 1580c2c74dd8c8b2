"""A source of kind `files`: files that arrive below a prefix of the bucket."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Name, Text
from lakeloop.config.source.source import Source
from lakeloop.config.source.table import Arrival, Table


class FileTable(Table):
    """Files of one kind below ``<landing>/<table>/``, and the silver table made of them."""

    format: Literal["json", "csv", "parquet"]
    options: dict[Text, str | int | bool] = Field(
        default_factory=dict, description="of Auto Loader's reader, e.g. header, sep"
    )

    @model_validator(mode="after")
    def _csv_says_where_its_names_are(self) -> Self:
        if self.format == "csv" and "header" not in {name.lower() for name in self.options}:
            raise ValueError(
                "options: header is missing; expected true where the first line of each file names the columns, "
                "else false"
            )
        return self


class FileArrival(Arrival):
    """How the pipeline knows when a file arrived.

    `modified`: when the object was written. `path`: the day in the path's segment ``<segment>=YYYY-MM-DD``, for files
    that are copied or replayed later than they first arrived.
    """

    by: Literal["modified", "path"] = "modified"
    segment: Name = "date"
    tolerance: int = Field(default=24, ge=0, description="hours that an event may lie after its arrival")


class FileSource(Source):
    """`include/sources/<name>.yaml` with ``kind: files``."""

    kind: Literal["files"]
    landing: Annotated[
        str, Field(pattern=r"^[a-z0-9][a-z0-9_/-]*[a-z0-9]$", description="key prefix in the bucket")
    ]
    arrival: FileArrival = FileArrival()
    tables: dict[Name, FileTable] = Field(min_length=1)
