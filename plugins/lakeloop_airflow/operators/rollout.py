"""A version takes over the endpoint's traffic in steps, before it is promoted; afterwards all of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import StreamUseCase, Target, UseCase
from lakeloop.config.serving import ScorerServing
from lakeloop.config.use_case.rollout import Rollout
from lakeloop.lifecycle.aliases import CHAMPION
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.mlflow_client import mlflow_client
from lakeloop_airflow.operators.endpoint import LOAD, LoadVersionOperator
from lakeloop_airflow.serving import endpoint, registered_endpoint
from lakeloop_airflow.triggers.rollout import RolloutTrigger
from lakeloop_airflow.warehouse import statements, warehouse

if TYPE_CHECKING:
    from lakeloop.lifecycle.rollout.runner import Runner
    from lakeloop.lifecycle.rollout.stage import Stage

SERVE = "serve"


class RolloutOperator(BaseOperator):
    """Shadow, then shares of the traffic, as `rollout` of the use case says; each step is a row of the ledger.

    Between two steps it waits in the triggerer. A rollout that was stopped fails here with the reason, and what
    follows does not run; the traffic is the champion's again by then. The first version has nobody to be compared
    with: there is no canary, and the promotion follows.

    Tried again, it goes on with the step that the ledger names. A rollout is known by its DAG run: cleared after a
    stop it stays stopped, and a new run begins a new one.

    Args:
        version: the version that passed.
        reason, who: for the ledger.
    """

    template_fields: Sequence[str] = ("version", "reason", "who", "rollout_id", "databricks_conn_id")
    ui_color = "#fff3c4"
    deferrable = True  # there is no other way to wait

    def __init__(
        self,
        *,
        use_case: StreamUseCase,
        target: Target,
        version: str,
        reason: str,
        who: str,
        rollout_id: str = "{{ dag_run.dag_id }}:{{ dag_run.run_id }}",
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        # a task's own timeout would end the steps, which have theirs
        super().__init__(**{"execution_timeout": None, **kwargs})
        self.use_case, self.target = use_case, target
        self.rollout = _rollout(use_case, target)
        self.version, self.reason, self.who, self.rollout_id = version, reason, who, rollout_id
        self.databricks_conn_id = databricks_conn_id

    def execute(self, context: Any) -> str | None:
        """Begin, or go on where it was cut off. Return the last sentence; None without a champion."""
        with self._runner() as runner:
            stage = runner.start()
        if stage is None:
            self.log.info(
                "No canary of version %s: there is no other champion to compare it with", self.version
            )
            return None
        return self._wait_or_end(stage)

    def left(self, context: Any, event: dict[str, Any]) -> str:
        """A step is over: write down the next, and direct the traffic."""
        from lakeloop.lifecycle.rollout.judgement import Judgement
        from lakeloop.lifecycle.rollout.stage import stage_from

        judged = Judgement(**event["judgement"])
        if judged.warning:
            self.log.warning("%s", judged.said)
        with self._runner() as runner:
            stage = runner.follow_up(stage_from(event["stage"]), judged)
        return self._wait_or_end(stage)

    def _wait_or_end(self, stage: "Stage") -> str:
        from lakeloop.lifecycle.rollout.stage import RUNNING, STOPPED, as_json

        self.log.info("%s", stage)
        if stage.state == STOPPED:
            raise AirflowFailException(f"{stage}. It is not promoted; a new run of this DAG tries it again.")
        if stage.state == RUNNING:
            rollout, names = self.rollout.model_dump(mode="json"), (self.use_case.name, self.target.name)
            trigger = RolloutTrigger(*names, self.databricks_conn_id, rollout, as_json(stage))
            self.defer(trigger=trigger, method_name="left")
        return str(stage)

    @contextmanager
    def _runner(self) -> "Iterator[Runner]":
        from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
        from lakeloop.lifecycle.rollout.runner import RolloutRequest, Runner
        from lakeloop.lifecycle.serving.registered import MlflowRegistered

        hook = warehouse(self.databricks_conn_id, self.target.warehouse_http_path, self.target.catalog)
        ledger, model = ledger_of(statements(hook), self.use_case), self.target.model_name(self.use_case)
        request = RolloutRequest(self.rollout_id, self.version, self.who, self.reason)
        with mlflow_client(self.target, self.databricks_conn_id) as client:
            registered = MlflowRegistered(client, model)
            found = endpoint(self.target, self.use_case, self.databricks_conn_id, registered)
            yield Runner(client, ledger, found, model, self.rollout, request)


class ServeChampionOperator(BaseOperator):
    """Directs all traffic to the champion, and asks the endpoint for proof: an inference that the version answers.

    Args:
        version: that has been promoted; empty: whichever is champion.
    """

    template_fields: Sequence[str] = ("version", "databricks_conn_id")
    ui_color = "#fff3c4"

    def __init__(
        self,
        *,
        use_case: UseCase,
        target: Target,
        version: str,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_case, self.target, self.version = use_case, target, version
        self.databricks_conn_id = databricks_conn_id

    def execute(self, context: Any) -> str:
        """Return the version that answers."""
        with registered_endpoint(self.target, self.use_case, self.databricks_conn_id) as found:
            served = found.refresh()
            found.follow_champion()
            answering = found.answering()
        expected = self.version or served.get(CHAMPION)
        if answering != expected:
            raise AirflowFailException(
                f"version {answering} answers, expected the promoted {expected}; the endpoint serves {dict(served)}"
            )
        self.log.info("Version %s answers all requests", answering)
        return answering


def rolled_out_around(promote: BaseOperator, use_case: UseCase, target: Target, **asked: str) -> BaseOperator:
    """Puts the rollout before `promote` and the champion's traffic behind it, where an endpoint decides on events.

    Where a version takes minutes to load, that comes first. Returns the task that comes first.
    """
    if not isinstance(use_case, StreamUseCase) or target.serving is None:
        return promote
    given: dict[str, Any] = {"use_case": use_case, "target": target}
    rollout = RolloutOperator(
        task_id="rollout",
        doc_md="Shadow, then shares of the traffic; stopped where the version is shown to be worse. docs/rollout.md",
        **(given | asked),
    )
    serve = ServeChampionOperator(
        task_id=SERVE,
        doc_md="All traffic to the champion, proven by a request.",
        version=asked["version"],
        **given,
    )
    rollout >> promote >> serve
    return _loaded_before(rollout, use_case, target, asked["version"])


def served_after(change: BaseOperator, use_case: UseCase, target: Target) -> None:
    """Directs the traffic to whoever is champion after `change`, where an endpoint decides on events."""
    if isinstance(use_case, StreamUseCase) and target.serving is not None:
        change >> ServeChampionOperator(
            task_id=SERVE,
            doc_md="All traffic to the champion, proven by a request.",
            use_case=use_case,
            target=target,
            version="",
        )


def _loaded_before(
    rollout: BaseOperator, use_case: StreamUseCase, target: Target, version: str
) -> BaseOperator:
    if isinstance(target.serving, ScorerServing):
        return rollout
    load = LoadVersionOperator(
        task_id=LOAD,
        doc_md="The endpoint loads the version beside what answers. docs/serving-targets.md",
        use_case=use_case,
        target=target,
        version=version,
    )
    load >> rollout
    return load


def _rollout(use_case: StreamUseCase, target: Target) -> Rollout:
    """Raises ValueError where nothing answers in real time, or the target cannot do what is asked."""
    found = target.rollout_of(use_case)
    if found is None:
        raise ValueError(
            f"target {target.name} has no serving, so nothing can be rolled out; set it in targets.yaml"
        )
    return found
