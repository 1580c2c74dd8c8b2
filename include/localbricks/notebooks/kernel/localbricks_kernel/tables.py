"""Tables as HTML: a header with types, numbers to the right, null as null."""

import base64
import json
import numbers
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Any

MOST_ROWS = 1000
LONGEST_TEXT = 2000


def spark_table(frame: Any) -> tuple[str, str]:
    """Return a Spark DataFrame's first rows as HTML, and a line of text."""
    rows = frame.limit(MOST_ROWS + 1).collect()
    fields = [(field.name, field.dataType.simpleString()) for field in frame.schema.fields]
    more = f"the first {MOST_ROWS:,} rows" if len(rows) > MOST_ROWS else ""
    return _html(fields, rows, more), _line(fields, rows, more)


def pandas_table(frame: Any) -> tuple[str, str]:
    """Return a pandas DataFrame's first rows as HTML, and a line of text; a named or texts' index is a column."""
    import pandas as pd

    shown = frame.head(MOST_ROWS)
    if not isinstance(frame.index, pd.RangeIndex):
        shown = shown.reset_index(names=_index_names(frame))
    fields = [(_label(name), str(kind)) for name, kind in zip(shown.columns, shown.dtypes, strict=True)]
    rows = [[_plain(value) for value in row] for row in shown.itertuples(index=False, name=None)]
    more = f"the first {MOST_ROWS:,} of {len(frame):,} rows" if len(frame) > MOST_ROWS else ""
    return _html(fields, rows, more), _line(fields, rows, more)


def is_records(value: Any) -> bool:
    """Whether a value is a list of named tuples, of Rows or of dicts with the same keys."""
    if not isinstance(value, list) or not value or _names(value[0]) is None:
        return False
    return all(_names(record) == _names(value[0]) for record in value)


def records_table(records: Sequence[Any]) -> tuple[str, str]:
    """Return such a list as HTML, and a line of text."""
    names = _names(records[0]) or []
    rows = [
        list(record.values()) if isinstance(record, dict) else list(record) for record in records[:MOST_ROWS]
    ]
    more = f"the first {MOST_ROWS:,} of {len(records):,} rows" if len(records) > MOST_ROWS else ""
    fields = [(str(name), "") for name in names]
    return _html(fields, rows, more), _line(fields, rows, more)


def _names(record: Any) -> list[str] | None:
    if isinstance(record, dict):
        return list(record)
    names = getattr(record, "_fields", None) or getattr(record, "__fields__", None)
    return list(names) if isinstance(record, tuple) and names else None


def _index_names(frame: Any) -> list[str]:
    """Return names for the index's levels that are no columns yet."""
    return [
        str(name) if name is not None and name not in frame.columns else " " * (level + 1)
        for level, name in enumerate(frame.index.names)
    ]


def _label(name: Any) -> str:
    return " / ".join(str(part) for part in name if part != "") if isinstance(name, tuple) else str(name)


def _plain(value: Any) -> Any:
    """Return a value of pandas or numpy as Python's own; what is missing as None."""
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value
    is_missing = type(value).__name__ in ("NaTType", "NAType") or (
        isinstance(value, float) and value != value
    )
    return None if is_missing else value


def _html(fields: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]], more: str) -> str:
    head = "".join(
        f"<th>{escape(name)}{f'<small>{escape(kind)}</small>' if kind else ''}</th>" for name, kind in fields
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in list(rows)[:MOST_ROWS])
    note = f"<p class='lb-note'>Showing {more}.</p>" if more else ""
    return f"<div class='lb-table'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"


def _line(fields: Sequence[tuple[str, str]], rows: Sequence[Any], more: str) -> str:
    size = more or f"{len(rows):,} rows"
    return f"table of {', '.join(name for name, _ in fields)}: {size}"


def _cell(value: Any) -> str:
    if value is None:
        return "<td class='null'>null</td>"
    if isinstance(value, numbers.Number) and not isinstance(value, bool):
        return f"<td class='num'>{escape(str(value))}</td>"
    return f"<td>{escape(_text(value))}</td>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict | tuple):
        return _cut(json.dumps(_nested(value), default=str, ensure_ascii=False))
    return str(value) if isinstance(value, date) else _cut(str(value))


def _nested(value: Any) -> Any:
    if hasattr(value, "asDict"):
        return {key: _nested(item) for key, item in value.asDict().items()}
    if isinstance(value, dict):
        return {str(key): _nested(item) for key, item in value.items()}
    return [_nested(item) for item in value] if isinstance(value, list | tuple) else value


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
