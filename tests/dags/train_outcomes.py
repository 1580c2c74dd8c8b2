"""Plays the train DAG through Airflow's own scheduling, with given outcomes of its tasks; prints what became of each.

No task is executed: when the scheduler wants to start one, it gets the outcome that the scenario names for it. What
follows (what is skipped, what cannot run any more, the state of the run, which outlets had a successful task) is
decided by Airflow, on a database of its own.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.models.dagrun import DagRun, get_or_create_dagrun
from airflow.models.xcom import XComModel
from airflow.sdk import timezone
from airflow.sdk.exceptions import DownstreamTasksSkipped
from airflow.serialization.serialized_objects import DagSerialization
from airflow.settings import Session
from airflow.utils.db import initdb
from airflow.utils.types import DagRunTriggeredByType

FAILED = "failed"
ROUNDS = 50  # of the scheduler; a run of twelve tasks needs about as many


def play(dag: Any, outcomes: dict[str, str], number: int) -> dict[str, Any]:
    """One run. `outcomes`: by task ``failed``, or for a branching task the task that it follows; else success."""
    session: Any = Session()  # type: ignore[misc]  # a factory once Airflow is configured
    now = timezone.utcnow()
    run = get_or_create_dagrun(
        dag=DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag)),
        run_id=f"scenario_{number}",
        logical_date=None,
        data_interval=None,
        run_after=now,
        conf=None,
        triggered_by=DagRunTriggeredByType.TEST,
        triggering_user_name="test",
        start_date=now,
        session=session,
    )
    for _ in range(ROUNDS):
        if run.state != "running":
            break
        ready, _ = run.update_state(session=session)
        for ti in ready:
            finish(dag, run, ti, outcomes.get(ti.task_id, "success"), session)
        session.commit()
    states = {ti.task_id: str(ti.state) for ti in run.get_task_instances(session=session)}
    announced = sorted(
        asset.name for task in dag.tasks for asset in task.outlets if states[task.task_id] == "success"
    )
    return {"run": str(run.state), "tasks": states, "announced": announced}


def finish(dag: Any, run: DagRun, ti: Any, outcome: str, session: Any) -> None:
    """What the task would have left behind: its state and, of a branching task, the branches it does not follow."""
    if outcome not in (FAILED, "success"):
        follow(dag, run, ti, outcome, session)
    ti.state = FAILED if outcome == FAILED else "success"
    ti.end_date = timezone.utcnow()


def follow(dag: Any, run: DagRun, ti: Any, branch: str, session: Any) -> None:
    """Airflow's own branching decides what is skipped; the API server then marks it, as done here."""
    task = dag.get_task(ti.task_id)

    def push(key: str, value: Any) -> None:
        XComModel.set(key, value, dag_id=dag.dag_id, task_id=ti.task_id, run_id=run.run_id, session=session)

    try:
        task.skip_all_except(SimpleNamespace(task=task, map_index=-1, xcom_push=push), branch)
    except DownstreamTasksSkipped as skipped:
        names = {name for name, _ in skipped.tasks}
        for other in run.get_task_instances(session=session):
            if other.task_id in names:
                other.state = "skipped"


def main(dag_file: str, scenarios: str) -> None:
    initdb()
    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(Path(dag_file))
    assert bag.import_errors == {}, bag.import_errors
    sync_bag_to_db(bag, "dags-folder", None)
    dag = bag.dags["churn_train"]
    print(json.dumps([play(dag, outcomes, number) for number, outcomes in enumerate(json.loads(scenarios))]))


if __name__ == "__main__":
    main(*sys.argv[1:])
