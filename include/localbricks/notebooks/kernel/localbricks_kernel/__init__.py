"""What a notebook finds in its kernel: `spark`, `sql`, `dbutils`, `display`, `displayHTML`, and Databricks' magics.

Imported in the kernel's process, where nothing of `include` may be imported: a notebook may bring a package of that
name. Names and argument names are Databricks' own.
"""

import os
import sys
from typing import Any


def start(namespace: dict[str, Any], parameters: dict[str, str], task_key: str, uses_spark: bool) -> None:
    """Put the names into the notebook's namespace.

    Args:
        parameters: the task's base parameters, which win over the defaults of widgets.
        task_key: under which `dbutils.jobs.taskValues.set` keeps values.
        uses_spark: whether the notebook speaks of Spark, so that a session is worth opening at once.
    """
    from IPython import get_ipython

    from .dbutils import DBUtils
    from .display import display, display_html
    from .lazy import lazy_session
    from .magics import register

    # As on Databricks, modules beside the notebook can be imported.
    sys.path.insert(0, os.getcwd())
    spark = lazy_session(namespace, uses_spark)
    dbutils = DBUtils(parameters, task_key)
    namespace.update(
        spark=spark,
        sql=lambda statement, *args, **kwargs: spark.sql(statement, *args, **kwargs),
        dbutils=dbutils,
        display=display,
        displayHTML=display_html,
        getArgument=dbutils.widgets.getArgument,
    )
    register(get_ipython(), namespace, dbutils)
