"""`display` and `displayHTML`."""

from typing import Any

MOST_ROWS = 1000


def display(value: Any, *_: Any, **__: Any) -> None:
    """Show a table of at most 1000 rows for a DataFrame of Spark or pandas, and anything else as Jupyter does."""
    from IPython.display import HTML
    from IPython.display import display as show

    if hasattr(value, "toPandas"):
        value = value.limit(MOST_ROWS).toPandas()
    if hasattr(value, "to_html") and hasattr(value, "head"):
        cut = f"<p>first {MOST_ROWS} of {len(value):,} rows</p>" if len(value) > MOST_ROWS else ""
        show(HTML(value.head(MOST_ROWS).to_html(border=0, max_rows=MOST_ROWS) + cut))
    else:
        show(value)


def display_html(text: str) -> None:
    """Show HTML as it is."""
    from IPython.display import HTML
    from IPython.display import display as show

    show(HTML(text))
