"""The validated version becomes champion, and the promotion ledger says who, when, why, from what and to what.

The version is the one that the gate announced, never "latest". Triggered by hand, the run takes the parameters
`version` and `reason`. A version that did not pass validation is refused; one that was compared with another champion
than the present one takes `override`. So clearing an old run cannot bring an old version back. Where the target asks
for an approval, a person lets the version through first, or rejects it. Where events are decided on as they come, the
version then scores beside the champion and takes over its traffic in steps, or is stopped: docs/rollout.md.
"""

from airflow.sdk import DAG, Param

from lakeloop.config import load_target, servable_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import dag_arguments, deferred
from lakeloop_airflow.operators.approval import approved_before
from lakeloop_airflow.operators.rollout import rolled_out_around
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()
VERSION = "{{ macros.lakeloop.validated_version(triggering_asset_events, params) }}"
WHO = "{{ macros.lakeloop.who(dag_run, triggering_asset_events) }}{{ macros.lakeloop.approval(ti) }}"
REASON = "{{ macros.lakeloop.promotion_reason(triggering_asset_events, params) }}"

for use_case in servable_use_cases(target):
    with DAG(
        schedule=[assets.validated_model(use_case)],
        params={
            "version": Param(None, type=["null", "string"], description="Promote this validated version."),
            "reason": Param(
                None, type=["null", "string"], description="Goes into the ledger; default: the gate's."
            ),
            "override": Param(False, type="boolean", description="Although its verdict is out of date."),
        },
        **dag_arguments(use_case, target, "deploy", __doc__),
    ):
        promote = SubmitOnceOperator(
            task_id="promote",
            doc_md="`jobs/lakeloop_jobs/promote.py`: moves the alias `champion`, appends one row to the ledger.",
            outlets=[assets.champion(use_case)],
            **submit_wheel_task(
                use_case,
                target,
                "promote",
                version=VERSION,
                reason=REASON,
                who=WHO,
                override="{{ params.override | lower }}",
            ),
            **deferred(target),
        )
        first = rolled_out_around(promote, use_case, target, version=VERSION, reason=REASON, who=WHO)
        approved_before(first, use_case, target, version=VERSION, reason=REASON)
