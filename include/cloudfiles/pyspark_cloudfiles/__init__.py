"""Auto Loader's `spark.readStream.format("cloudFiles")` for open-source Spark.

Spark finds this package by its name (`pyspark_*` with a `DefaultSource`) on the PYTHONPATH of its Python workers.
What it does, how it finds each file exactly once, and what it refuses: :mod:`pyspark_cloudfiles.source`.
"""

from .source import DefaultSource

__all__ = ["DefaultSource"]
