"""`from pyspark.dbutils import DBUtils`, as code beside a notebook and in wheels has it."""

from localbricks_runtime.dbutils import DBUtils

__all__ = ["DBUtils"]
