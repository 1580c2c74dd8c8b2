"""What a notebook finds in its kernel: `spark`, `sql`, `dbutils`, `display`, `displayHTML`.

Imported in the kernel's process, where nothing of `include` may be imported.
"""

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from .dbutils import DBUtils
from .display import display, display_html

NEEDS_SPARK = re.compile(r"\b(spark|sql|sc)\b")


class NoSpark:
    """Stands for a session that could not be opened: every use says why."""

    def __init__(self, cause: BaseException) -> None:
        self._cause = cause

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"spark.{name}: no Spark session could be opened: {self._cause}") from self._cause


def start(namespace: dict[str, Any]) -> None:
    """Put the names into the notebook's namespace.

    Spark takes seconds to answer, so it is asked at once, in the background; the first cell that speaks of it waits.
    """
    from IPython import get_ipython

    namespace.update(dbutils=DBUtils(), display=display, displayHTML=display_html)
    opening = ThreadPoolExecutor(1, thread_name_prefix="spark").submit(_session)
    shell = get_ipython()

    def before_cell(info: Any) -> None:
        if NEEDS_SPARK.search(info.raw_cell):
            spark = _result(opening)
            namespace.update(spark=spark, sql=spark.sql if not isinstance(spark, NoSpark) else spark)
            shell.events.unregister("pre_run_cell", before_cell)

    shell.events.register("pre_run_cell", before_cell)


def _result(opening: "Future[Any]") -> Any:
    error = opening.exception()
    return opening.result() if error is None else NoSpark(error)


def _session() -> Any:
    """The Spark session of this compute: Connect where SPARK_REMOTE is set, else a classic driver."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.getOrCreate()
