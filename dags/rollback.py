"""An earlier champion is champion again, after it has shown that it can score; the ledger says who, when and why.

Triggered by a person only, with a reason. Without `to` it goes to the version that really served before the present
champion; rolled back once more, it comes back. The task tried again or cleared rolls back once: a rollback is known by
its DAG run. `lakeloop rollback` does the same without waiting for compute.
"""

from airflow.sdk import DAG, Param

from lakeloop.config import load_target, valid_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import dag_arguments, deferred
from lakeloop_airflow.operators.rollout import served_after
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()

for use_case in valid_use_cases():
    with DAG(
        schedule=None,
        is_paused_upon_creation=False,  # nothing starts it but a person, who should not have to switch it on before
        params={
            "reason": Param(type="string", minLength=1, description="Goes into the ledger."),
            "to": Param(None, type=["null", "string"], description="This earlier champion."),
        },
        **dag_arguments(use_case, target, "rollback", __doc__),
    ):
        rollback = SubmitOnceOperator(
            task_id="rollback",
            doc_md="`jobs/lakeloop_jobs/rollback.py`: probe, ledger row, alias `champion`.",
            outlets=[assets.champion(use_case)],
            **submit_wheel_task(
                use_case,
                target,
                "rollback",
                to="{{ params.to or '' }}",
                reason="{{ params.reason }}",
                who="{{ macros.lakeloop.who(dag_run, {}) }}",
                request="{{ dag_run.dag_id }}:{{ dag_run.run_id }}",
            ),
            **deferred(target),
        )
        served_after(rollback, use_case, target)
