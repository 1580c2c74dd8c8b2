"""Files that arrived in S3 become bronze and silver Delta tables.

A deferred sensor sees the landing folder; one Auto Loader job then takes every file it has not seen before. Rows that
do not fit the schema are kept with the name of their file and counted, never dropped.
"""

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG

from lakeloop.config import load_target, load_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import AWS, dag_arguments, deferred
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()

for use_case in load_use_cases():
    with DAG(schedule=use_case.schedule.ingest, **dag_arguments(use_case, target, "ingest", __doc__)):
        files_arrived = S3KeySensor(
            task_id="files_arrived",
            doc_md="Waits, without holding a worker, for the first file; skips the run when none came in time.",
            bucket_key=f"{target.landing_uri(use_case)}/*",
            wildcard_match=True,
            aws_conn_id=AWS,
            deferrable=True,
            soft_fail=True,
            timeout=60 * use_case.timeouts.ingest,
        )
        auto_loader = SubmitOnceOperator(
            task_id="auto_loader",
            doc_md="`jobs/lakeloop_jobs/ingest.py`: `readStream.format('cloudFiles')` to bronze, cleaned to silver.",
            outlets=[assets.silver(use_case)],
            **submit_wheel_task(use_case, target, "ingest"),
            **deferred(target),
        )
        files_arrived >> auto_loader
