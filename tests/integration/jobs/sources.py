"""A small source of a test's own, as its YAML would describe it."""

from typing import Any

from lakeloop.config import FileSource

SALES = {
    "format": "json",
    "event_time": "sold_at",
    "keys": ["id"],
    "columns": {
        "id": "bigint",
        "price": "double",
        "currency": {"type": "string", "fill": "EUR"},
        "shop": {"type": "string", "missing": "quarantine"},
        "sold_at": "timestamp",
    },
}
SHOPS = {
    "format": "csv",
    "options": {"header": True, "sep": ";"},
    "keys": ["shop"],
    "columns": {"shop": "string", "opened": "date"},
}


def small_source(name: str, **changes: Any) -> FileSource:
    """A source with the tables `sales` and `shops`, whose files' paths say when they arrived."""
    content = {
        "kind": "files",
        "name": name,
        "description": "Sales of a few shops.",
        "owner": "tests",
        "landing": f"landing/{name}",
        "timezone": "America/New_York",
        "arrival": {"by": "path", "tolerance": 0},
        "tables": {"sales": SALES, "shops": SHOPS},
    }
    return FileSource.model_validate(content | changes, strict=False)
