"""Removes versions of the gold tables that no model version and no publication needs any more.

Each Sunday, once it is switched on: it comes paused, since what it removes is gone. Its run page says who needs which
version and how far each table was cleaned up. Needed are the champion, the challenger, each version that served and may
be rolled back to, and the publications whose nights may be scored again.
"""

from airflow.sdk import DAG, Param

from lakeloop.config import load_target, valid_use_cases
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import dag_arguments, deferred
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()

for use_case in valid_use_cases():
    with DAG(
        schedule="0 5 * * SUN",
        is_paused_upon_creation=True,
        params={
            "dry_run": Param(False, type="boolean", description="Only say what is needed."),
            "nights": Param(
                30, type="integer", minimum=0, description="Days whose publications may be scored again."
            ),
            "retain_hours": Param(
                None, type=["null", "integer"], minimum=0, description="Keep more than is needed."
            ),
        },
        **dag_arguments(use_case, target, "vacuum", __doc__),
    ):
        SubmitOnceOperator(
            task_id="vacuum",
            doc_md="`jobs/lakeloop_jobs/vacuum.py`: asks registry, ledger and publications, then `VACUUM`.",
            **submit_wheel_task(
                use_case,
                target,
                "vacuum",
                dry_run="{{ params.dry_run | lower }}",
                nights="{{ params.nights }}",
                retain_hours="{{ '' if params.retain_hours is none else params.retain_hours }}",
            ),
            **deferred(target),
        )
