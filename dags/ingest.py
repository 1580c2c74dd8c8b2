"""Files that arrived in S3 become bronze and silver Delta tables.

A deferred sensor sees the landing folder; one Auto Loader job then takes every file it has not seen before. Rows that
do not fit the schema are kept with the name of their file and counted, never dropped.
"""

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.databricks.operators.databricks import DatabricksSubmitRunOperator
from airflow.sdk import DAG

from lakeloop.config import load_target, valid_sources
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import AWS, dag_arguments, deferred

target = load_target()

for source in valid_sources():
    with DAG(schedule=source.schedule, **dag_arguments(source, target, "ingest", __doc__)):
        files_arrived = S3KeySensor(
            task_id="files_arrived",
            doc_md="Waits, without holding a worker, for the first file; skips the run when none came in time.",
            bucket_key=f"{target.landing_uri(source)}/*",
            wildcard_match=True,
            aws_conn_id=AWS,
            deferrable=True,
            soft_fail=True,
            timeout=60 * source.timeout,
        )
        auto_loader = DatabricksSubmitRunOperator(
            task_id="auto_loader",
            doc_md="`jobs/lakeloop_jobs/ingest.py`: `readStream.format('cloudFiles')` to bronze, cleaned to silver.",
            outlets=[assets.silver(source)],
            **submit_wheel_task(source, target, "ingest"),
            **deferred(target),
        )
        files_arrived >> auto_loader
