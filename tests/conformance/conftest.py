"""Airflow without a database: a home of its own, connections from the environment."""

import os
import tempfile

# before the first import of airflow, which would otherwise make ~/airflow
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="lakeloop-airflow-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")

# After AIRFLOW_HOME: the fixtures of the SQL tests.
from tests.conformance.sql_clients import connect, cursor, schema  # noqa: F401
