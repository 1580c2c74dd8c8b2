"""Where a rollout stands, as the ledger keeps it: whoever reads its last row can go on from there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from mlflow.entities.model_registry import ModelVersion

from lakeloop.config.use_case.rollout import ALL, SHADOW, Step
from lakeloop.lifecycle.deployment.alias import made_of
from lakeloop.lifecycle.deployment.ledger import ROLLOUT, LedgerRow
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.observed import Observed, from_json

State = Literal["running", "passed", "stopped"]
RUNNING: State = "running"
PASSED: State = "passed"
STOPPED: State = "stopped"


@dataclass(frozen=True)
class Stage:
    """One step of one rollout, or its end.

    Args:
        rollout_id: the same for a task that is tried again.
        step: the one that runs, or in which the rollout ended.
        said: why the step before was left, or why the rollout ended.
        since: when the step began.
        champion, challenger: versions.
        of_champion, of_challenger: what the endpoint had counted when the step began.
    """

    rollout_id: str
    step: Step
    state: State
    said: str
    champion: str
    challenger: str
    figures: Mapping[str, float] = field(default_factory=dict)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    of_champion: Observed = field(default_factory=Observed)
    of_challenger: Observed = field(default_factory=Observed)

    @property
    def traffic(self) -> Traffic:
        """While the step runs. The champion comes first, so that a key changes its version at most once."""
        if self.step == SHADOW:
            return Traffic({self.champion: ALL}, (self.challenger,))
        return Traffic({self.champion: ALL - self.step, self.challenger: self.step})

    def __str__(self) -> str:
        step = SHADOW if self.step == SHADOW else f"{self.step} %"
        return (
            f"rollout of version {self.challenger} beside {self.champion}, {step}: {self.state}. {self.said}"
        )


def as_json(stage: Stage) -> str:
    """A stage as the ledger's column `rollout` and a trigger's arguments keep it."""
    return json.dumps(asdict(stage) | {"since": stage.since.isoformat()}, sort_keys=True)


def stage_from(said: str) -> Stage:
    """What `as_json` made of it."""
    values: dict[str, Any] = json.loads(said)
    counts = {name: from_json(values[name]) for name in ("of_champion", "of_challenger")}
    return Stage(**values | counts | {"since": datetime.fromisoformat(values["since"])})


def row_of(stage: Stage, version: ModelVersion, who: str, why: str) -> LedgerRow:
    """The row of a stage; written down again it has the same id, so that it is there once."""
    parts = (version.name, stage.rollout_id, str(stage.step), stage.state)
    return LedgerRow(
        promotion_id=sha256("\0".join(parts).encode()).hexdigest()[:32],
        who=who,
        why=why,
        from_version=stage.champion,
        event=ROLLOUT,
        refusal=stage.said if stage.state == STOPPED else None,
        rollout=as_json(stage),
        **made_of(version),
    )


def last_stage(rows: Sequence[LedgerRow], rollout_id: str) -> Stage | None:
    """Where that rollout stands; None before it began."""
    stages = [stage_from(row.rollout) for row in rows if row.event == ROLLOUT and row.rollout]
    return next((stage for stage in reversed(stages) if stage.rollout_id == rollout_id), None)
