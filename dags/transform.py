"""dbt turns silver tables into features, labels and the training set, and tests each of them.

Where events are decided on as they come, a job computes first what was known of each, by the code of the stream.

The age of the source is looked at first: a warning is shown and the run goes on, an error stops it. Each model and its
tests is a task. When every test has passed, the versions of the tables are published, which is what training and
scoring read; then the features are announced. With the parameter `full_refresh` everything is made anew: after a change
of the features' SQL.
"""

from airflow.sdk import DAG, Param
from cosmos import DbtTaskGroup

from lakeloop.config import RankingUseCase, StreamUseCase, load_source, load_target, valid_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.dbt import dbt_arguments, missing_models
from lakeloop_airflow.defaults import dag_arguments, deferred
from lakeloop_airflow.operators.failure import FailOperator
from lakeloop_airflow.operators.freshness import FreshnessOperator
from lakeloop_airflow.operators.publish import PublishFeaturesOperator
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()

for use_case in valid_use_cases():
    source = load_source(use_case.source)
    with DAG(
        schedule=[assets.silver(source)],
        params={"full_refresh": Param(False, type="boolean", description="Make all periods anew.")},
        **dag_arguments(use_case, target, "transform", __doc__),
    ):
        freshness = FreshnessOperator(
            task_id="freshness",
            doc_md="The age of the newest rows against `freshness` in the source's YAML.",
            source=source,
            target=target,
        )
        missing = missing_models(use_case)
        models = (
            FailOperator(task_id="models_are_missing", doc_md="See the error.", reasons=missing)
            if missing
            else DbtTaskGroup(group_id="dbt", **dbt_arguments(use_case, target))
        )
        publish = PublishFeaturesOperator(
            task_id="publish",
            doc_md="All tests passed: writes down the tables' versions and announces the features.",
            use_case=use_case,
            target=target,
            announces=assets.features(use_case),
        )
        if isinstance(use_case, StreamUseCase):
            event_features = SubmitOnceOperator(
                task_id="event_features",
                doc_md="`jobs/lakeloop_jobs/event_features.py`: what was known of each event when it came.",
                **submit_wheel_task(use_case, target, "event_features"),
                **deferred(target),
            )
            freshness >> event_features >> models
        else:
            freshness >> models
        models >> publish
        if isinstance(use_case, StreamUseCase | RankingUseCase):
            publish_online = SubmitOnceOperator(
                task_id="publish_online",
                doc_md="`jobs/lakeloop_jobs/publish_online.py`: real time goes on from the states that were tested.",
                **submit_wheel_task(use_case, target, "publish_online"),
                **deferred(target),
            )
            publish >> publish_online
