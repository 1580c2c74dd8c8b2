"""Files in S3 and events in Kafka become bronze and silver Delta tables.

A deferred sensor waits while there is no file at all; one job then takes every file or event it has not seen before.
Rows that do not fit are kept with their reason and counted, never dropped. Silver is announced when rows landed; a run
without new rows starts nothing.
"""

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG

from lakeloop.config import FileSource, load_target, valid_sources
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import AWS, dag_arguments, deferred
from lakeloop_airflow.operators.announce import AnnounceOperator
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()

for source in valid_sources():
    with DAG(schedule=source.schedule, **dag_arguments(source, target, "ingest", __doc__)):
        reads = SubmitOnceOperator(
            task_id="auto_loader" if isinstance(source, FileSource) else "structured_streaming",
            doc_md="`jobs/lakeloop_jobs/ingest.py`: `readStream` of cloudFiles or kafka to bronze, then to silver.",
            **submit_wheel_task(source, target, "ingest"),
            **deferred(target),
        )
        announce = AnnounceOperator(
            task_id="announce",
            doc_md="Announces the rows that silver gained since the last announcement; skips when there are none.",
            source=source,
            target=target,
            announces=assets.silver(source),
        )
        if isinstance(source, FileSource):
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
            files_arrived >> reads
        reads >> announce
