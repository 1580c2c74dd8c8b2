"""dbt turns silver tables into features, labels and the training set, and tests each of them.

Each model and its tests is a task here; sources are checked for freshness first. Features count as ready only when
every test has passed.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param
from cosmos import DbtTaskGroup

from lakeloop.config import load_target, load_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.dbt import dbt_arguments
from lakeloop_airflow.defaults import dag_arguments

target = load_target()

for use_case in load_use_cases():
    full_refresh = Param(
        False, type="boolean", description="Build incremental tables anew, from all that has arrived."
    )
    with DAG(
        schedule=[assets.silver(use_case)],
        params={"full_refresh": full_refresh},
        **dag_arguments(use_case, target, "transform", __doc__),
    ):
        models = DbtTaskGroup(group_id="dbt", **dbt_arguments(use_case, target))
        features_ready = EmptyOperator(
            task_id="features_ready",
            doc_md="All models built and all tests passed: announces the features.",
            outlets=[assets.features(use_case)],
        )
        models >> features_ready
