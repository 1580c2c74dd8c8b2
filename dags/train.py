"""A model is trained, validated and registered on Databricks; the gate lets it through or refuses it.

`decide` takes one of three branches: the first model, a retraining that is due, or none. The search that a use case may
ask for, training, validation and registration are one Databricks workflow. The gate reads the verdict on exactly the
version of this run, and takes the branch `passed` or `refused`. A task that fails anywhere fails the run.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param
from airflow.task.trigger_rule import TriggerRule

from lakeloop.config import load_target, valid_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import reference, workflow, workflow_notebook, workflow_wheel_task
from lakeloop_airflow.defaults import dag_arguments, polled
from lakeloop_airflow.operators.gate import AnnounceModelOperator, ValidationGateOperator
from lakeloop_airflow.operators.retrain import RetrainBranchOperator
from lakeloop_airflow.operators.workflow import WorkflowTaskGroup, WorkflowTaskOperator

target = load_target()
for use_case in valid_use_cases():
    with DAG(
        schedule=[assets.features(use_case)],
        params={"force": Param(False, type="boolean", description="Train whatever has come.")},
        **dag_arguments(use_case, target, "train", __doc__),
    ):
        decide = RetrainBranchOperator(
            task_id="decide",
            doc_md="First model, retraining due, or not due: the log says which and why.",
            use_case=use_case,
            target=target,
            branches={"first": "first_model", "due": "retrain_due", "not_due": "not_due"},
        )
        first_model, retrain_due, not_due, refused = (
            EmptyOperator(task_id=branch, doc_md=doc)
            for branch, doc in {
                "first_model": "No champion yet.",
                "retrain_due": "Enough newly labelled periods since the last training, or forced by hand.",
                "not_due": "The last training is recent enough: nothing to train. The log of `decide` says why.",
                "refused": "The model must not replace the champion. The log of `gate` says why.",
            }.items()
        )
        with WorkflowTaskGroup(group_id="model", **workflow(use_case, target, "train")) as model:
            *tune, train, validate = (
                WorkflowTaskOperator(
                    task_id=name,
                    doc_md=f"`jobs/notebooks/{use_case.notebook(name)}.py`; the executed notebook is on the run page.",
                    settings=workflow_notebook(use_case, target, name, **parameters),
                    **polled(target),
                )
                for name, parameters in {
                    **({"tune": {"job_run_id": reference("job.run_id")}} if use_case.searches else {}),
                    "train": {
                        "job_run_id": reference("job.run_id"),
                        "training_reason": "{{ ti.xcom_pull(task_ids='decide', key='reason') }}",
                    },
                    "validate": {},
                }.items()
            )
            register = WorkflowTaskOperator(
                task_id="register",
                doc_md="`jobs/lakeloop_jobs/register.py`: one model version per training run, refused ones included.",
                settings=workflow_wheel_task(
                    use_case, target, "register", run_id=reference("tasks.train.values.candidate_run_id")
                ),
                **polled(target),
            )
            tune >> train >> validate >> register
        gate = ValidationGateOperator(
            task_id="gate",
            doc_md="Reads the verdict of the validation; its log says why.",
            use_case=use_case,
            target=target,
            workflow_run_id="{{ ti.xcom_pull(task_ids='model.launch')['run_id'] }}",
        )
        passed = AnnounceModelOperator(
            task_id="passed",
            doc_md="Announces the version: the deploy DAG promotes it.",
            gate=gate.task_id,
            announces=assets.validated_model(use_case),
        )
        champion_stands = EmptyOperator(
            task_id="champion_stands",
            doc_md="No new champion: no training was due, or its model was refused. The present one may score.",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            outlets=[assets.standing_champion(use_case)],
        )
        decide >> [first_model, retrain_due, not_due]
        [first_model, retrain_due] >> model >> gate >> [passed, refused]
        [not_due, refused] >> champion_stands
