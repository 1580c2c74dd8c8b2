"""A rollout from step to step: written down, then carried out; read back by whoever goes on with it.

A row says which step runs and what the endpoint had counted when it began. Then the traffic is directed, which may be
repeated. Killed in between, the next start directs it. A stop goes the other way round, since it is the safe
direction: the traffic first, then the row.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mlflow.tracking import MlflowClient

from lakeloop.config.use_case.rollout import Rollout, Step
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.ledger import Ledger, again_when_moved, following
from lakeloop.lifecycle.rollout.judgement import Judgement
from lakeloop.lifecycle.rollout.look import UNSEEN, look
from lakeloop.lifecycle.rollout.stage import PASSED, RUNNING, STOPPED, Stage, last_stage, row_of
from lakeloop.lifecycle.serving.endpoint import Endpoint, EndpointError, Traffic


class RolloutRefusedError(RuntimeError):
    """There is no such version; nothing was directed."""


@dataclass(frozen=True)
class RolloutRequest:
    """What is rolled out, and who wants that. `id` is the same for a task that is tried again."""

    id: str
    version: str
    who: str
    why: str


class Runner:
    """One rollout of one model.

    Args:
        rollout: steps and limits.
        model: its name in the registry.
    """

    def __init__(
        self,
        client: MlflowClient,
        ledger: Ledger,
        endpoint: Endpoint,
        model: str,
        rollout: Rollout,
        request: RolloutRequest,
    ) -> None:
        self.client, self.ledger, self.endpoint = client, ledger, endpoint
        self.model, self.rollout, self.request = model, rollout, request

    def start(self) -> Stage | None:
        """Begins, or goes on where it was cut off; None when nobody is to be compared with: there is no champion.

        Raises RolloutRefusedError for an unknown version.
        """
        alias.repair(self.client, self.ledger, self.model)
        before = last_stage(self.ledger.rows(self.model), self.request.id)
        if before is not None:
            return self._resumed(before)
        champion = alias.champion(self.client, self.model)
        if champion is None or champion == self.request.version or not self.rollout.judged_steps:
            return None
        first = self.rollout.judged_steps[0]
        said = f"begins beside champion {champion}"
        return self._enter(Stage(self.request.id, first, RUNNING, said, champion, self.request.version))

    def follow_up(self, stage: Stage, judged: Judgement) -> Stage:
        """What comes after a look that was not to wait: the next step, or the end."""
        said = f"warning: {judged.said}" if judged.warning else judged.said
        told = replace(stage, said=said, figures=judged.figures)
        if judged.decision == "stop":
            return self._end(replace(told, state=STOPPED))
        following_step = self._step_after(stage.step)
        if following_step is None:
            return self._end(replace(told, state=PASSED))
        fresh = Stage(
            told.rollout_id, following_step, RUNNING, said, told.champion, told.challenger, told.figures
        )
        return self._enter(fresh)

    def run(self, wait: Callable[[float], None]) -> Stage | None:
        """All of it, from here to its end; `wait` is called with seconds between two looks."""
        stage = self.start()
        while stage is not None and stage.state == RUNNING:
            judged = look(self.endpoint, self.rollout, stage)
            if judged.decision == "continue":
                wait(self.rollout.every)
            else:
                stage = self.follow_up(stage, judged)
        return stage

    def _resumed(self, stage: Stage) -> Stage:
        if stage.state != RUNNING:
            return stage
        if self.endpoint.traffic() in self._traffic_before(stage):  # cut off between the row and the traffic
            return self._direct(stage)
        return stage

    def _enter(self, stage: Stage) -> Stage:
        """Raises EndpointError while the endpoint cannot be asked: nothing is written then."""
        self.endpoint.refresh()
        seen = self.endpoint.observations()
        fresh = replace(
            stage,
            of_champion=seen.get(stage.champion, UNSEEN),
            of_challenger=seen.get(stage.challenger, UNSEEN),
        )
        self._write(fresh)
        return self._direct(fresh)

    def _direct(self, stage: Stage) -> Stage:
        try:
            self.endpoint.set_traffic(stage.traffic)
        except EndpointError as error:
            self.endpoint.follow_champion()
            return self._end(replace(stage, state=STOPPED, said=f"the endpoint refuses the step: {error}"))
        return stage

    def _end(self, stage: Stage) -> Stage:
        self._write(stage)
        return stage

    def _write(self, stage: Stage) -> None:
        version = registry.find_version(self.client, self.model, stage.challenger)
        if version is None:
            raise RolloutRefusedError(f"there is no version {stage.challenger} of {self.model}")
        row = row_of(stage, version, self.request.who, self.request.why)

        @again_when_moved
        def append() -> None:
            self.ledger.append(following(self.ledger.rows(self.model), row))

        append()

    def _step_after(self, step: Step) -> Step | None:
        steps = self.rollout.judged_steps
        later = steps[steps.index(step) + 1 :]
        return later[0] if later else None

    def _traffic_before(self, stage: Stage) -> tuple[Traffic, ...]:
        """The champion before the first step: by its alias, or by its number where an endpoint follows none."""
        steps = self.rollout.judged_steps
        place = steps.index(stage.step)
        if place:
            return (replace(stage, step=steps[place - 1]).traffic,)
        return Traffic({registry.CHAMPION: 100}), Traffic({stage.champion: 100})
