"""What a notebook finds in its kernel: `spark`, `dbutils`, `display`, `displayHTML`.

Imported in the kernel's process, where nothing of `include` may be imported.
"""

import os
from typing import Any

from .dbutils import DBUtils
from .display import display, display_html


def start(namespace: dict[str, Any]) -> None:
    """Put the names into the notebook's namespace; `matplotlib` draws inline."""
    from IPython import get_ipython

    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    spark = session()
    namespace.update(
        spark=spark,
        sql=spark.sql,
        dbutils=DBUtils(),
        display=display,
        displayHTML=display_html,
    )
    get_ipython().Completer.use_jedi = False


def session() -> Any:
    """The Spark session of this compute: Connect where SPARK_REMOTE is set, else a classic driver."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()
