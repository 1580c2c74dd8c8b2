"""What a notebook's kernel does before the first cell."""

from typing import Any

from . import magics, sql_cell
from .display import display
from .names import names


def start(namespace: dict[str, Any]) -> None:
    """Put the runtime's names into the notebook's namespace, and its magics into the shell."""
    from IPython import get_ipython
    from pyspark.sql import DataFrame

    namespace.update(names(), _run_sql=sql_cell.run)
    DataFrame.display = display  # type: ignore[attr-defined]
    magics.register(get_ipython())
