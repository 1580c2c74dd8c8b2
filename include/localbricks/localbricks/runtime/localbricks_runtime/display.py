"""`display` and `displayHTML`."""

import html
from collections.abc import Sequence
from typing import Any

MOST_ROWS = 1000


def display(value: Any, *_: Any, **__: Any) -> None:
    """Show a table of at most 1000 rows for a DataFrame of Spark or pandas, and anything else as Jupyter does.

    Outside of a notebook it is printed.
    """
    from IPython import get_ipython
    from IPython.display import HTML
    from IPython.display import display as show

    if get_ipython() is None:
        value.show(MOST_ROWS) if _is_spark(value) else print(value)
    elif _is_spark(value):
        show(HTML(_table(value.columns, rows(value))))
    elif hasattr(value, "to_html") and hasattr(value, "head"):
        cut = _said(len(value)) if len(value) > MOST_ROWS else ""
        show(HTML(value.head(MOST_ROWS).to_html(border=0, max_rows=MOST_ROWS) + cut))
    else:
        show(value)


def display_html(text: str) -> None:
    """Show HTML as it is."""
    from IPython.display import HTML
    from IPython.display import display as show

    show(HTML(text))


def rows(frame: Any) -> list[tuple[Any, ...]]:
    """The first rows of a Spark DataFrame, one more than is shown.

    Numbers and booleans come as they are. All else comes as Spark writes it: Python's and pandas' dates end before
    Spark's do.
    """
    if not frame.columns:
        return []
    # By position: two columns may have one name.
    positions = [f"_{number}" for number in range(len(frame.columns))]
    types = [field.dataType for field in frame.schema.fields]
    columns = [_readable(name, kind) for name, kind in zip(positions, types, strict=True)]
    return [tuple(row) for row in frame.toDF(*positions).select(*columns).limit(MOST_ROWS + 1).collect()]


def _is_spark(value: Any) -> bool:
    from pyspark.sql import DataFrame

    return isinstance(value, DataFrame)


def _readable(name: str, kind: Any) -> Any:
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql import types as t

    column = F.col(name)
    if isinstance(kind, t.NumericType | t.BooleanType | t.StringType | t.NullType):
        return column
    if isinstance(kind, t.BinaryType):
        return F.base64(column).alias(name)
    if isinstance(kind, t.StructType | t.ArrayType | t.MapType | t.VariantType):
        return F.to_json(column, {"ignoreNullFields": "false"}).alias(name)
    return column.cast("string").alias(name)


def _table(columns: Sequence[str], found: Sequence[tuple[Any, ...]]) -> str:
    if not columns:
        return "<p>OK</p>"
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in found[:MOST_ROWS])
    cut = _said(None) if len(found) > MOST_ROWS else ""
    return f"<table class='dataframe'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{cut}"


def _cell(value: Any) -> str:
    shown = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"<td>{html.escape(shown)}</td>"


def _said(total: int | None) -> str:
    return f"<p>first {MOST_ROWS:,}{'' if total is None else f' of {total:,}'} rows</p>"
