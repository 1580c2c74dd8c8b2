"""`display` and `displayHTML`."""

import base64
import io
from typing import Any

from .tables import MOST_ROWS, is_records, pandas_table, records_table, spark_table


def display(value: Any = None, *_: Any, **__: Any) -> None:
    """Show a table for a DataFrame of Spark or pandas, a picture for a figure, anything else as Jupyter does.

    Tables have at most 1000 rows. Raises NotImplementedError for a streaming DataFrame.
    """
    table = _table(value)
    if table is not None:
        _publish({"text/html": table[0], "text/plain": table[1]})
    elif _is_figure(value):
        _publish({"image/png": _png(value), "text/plain": repr(value)})
    else:
        from IPython.display import display as show

        show(value)


def display_html(html: str = "", *_: Any, **__: Any) -> None:
    """Show HTML; its scripts may run, cut off from everything else."""
    _publish({"text/html": str(html), "text/plain": "displayHTML"})


def _table(value: Any) -> tuple[str, str] | None:
    """Return a value as an HTML table and a line of text, None when it is no table."""
    module = type(value).__module__
    if module.startswith("pyspark.sql") and hasattr(value, "isStreaming"):
        if value.isStreaming:
            raise NotImplementedError(
                "display of a streaming DataFrame is not supported by the local workspace; "
                "write it to a table and display that"
            )
        return spark_table(value)
    if module.startswith("pyspark.pandas"):
        return pandas_table(value.head(MOST_ROWS + 1).to_pandas())
    if module.startswith("pandas.") and hasattr(value, "to_frame") and not hasattr(value, "columns"):
        return pandas_table(value.to_frame())
    if module.startswith("pandas.") and hasattr(value, "columns"):
        return pandas_table(value)
    return records_table(value) if is_records(value) else None


def _is_figure(value: Any) -> bool:
    return any(
        f"{kind.__module__}.{kind.__name__}" == "matplotlib.figure.Figure" for kind in type(value).__mro__
    )


def _png(figure: Any) -> str:
    content = io.BytesIO()
    figure.savefig(content, format="png", bbox_inches="tight", dpi=110)
    _forget(figure)
    return base64.b64encode(content.getvalue()).decode()


def _forget(figure: Any) -> None:
    """Close a figure of pyplot, which would else be shown a second time at the end of the cell."""
    import sys

    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot and getattr(figure, "number", None) in pyplot.get_fignums():
        pyplot.close(figure)


def _publish(data: dict[str, str]) -> None:
    from IPython.display import publish_display_data

    publish_display_data(data)
