"""What a source is. Each `kind` has a class of its own; the YAML's key `kind` picks it."""

from lakeloop.config.source.events import EventSource, EventTable
from lakeloop.config.source.files import FileSource, FileTable
from lakeloop.config.source.source import Source
from lakeloop.config.source.table import FIRST_ARRIVAL, NEWEST_ARRIVAL, Column, Freshness, Table

__all__ = [
    "FIRST_ARRIVAL",
    "NEWEST_ARRIVAL",
    "Column",
    "EventSource",
    "EventTable",
    "FileSource",
    "FileTable",
    "Freshness",
    "Source",
    "Table",
]
