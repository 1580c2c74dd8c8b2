"""dbt turns silver tables into features, labels and the training set, and tests each of them.

Each model and its tests is a task here; sources are checked for freshness first. Features count as ready only when
every test has passed.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from cosmos import DbtTaskGroup

from lakeloop.config import load_source, load_target, valid_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.dbt import dbt_arguments
from lakeloop_airflow.defaults import dag_arguments

target = load_target()

for use_case in valid_use_cases():
    with DAG(
        schedule=[assets.silver(load_source(use_case.source))],
        **dag_arguments(use_case, target, "transform", __doc__),
    ):
        models = DbtTaskGroup(group_id="dbt", **dbt_arguments(use_case, target))
        features_ready = EmptyOperator(
            task_id="features_ready",
            doc_md="All models built and all tests passed: announces the features.",
            outlets=[assets.features(use_case)],
        )
        models >> features_ready
