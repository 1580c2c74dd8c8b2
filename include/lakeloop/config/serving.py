"""What answers in real time on a target, and what of a rollout cannot be done there."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Text
from lakeloop.config.use_case.rollout import SHADOW, Rollout

if TYPE_CHECKING:
    from lakeloop.config.use_case import StreamUseCase

Part = Literal["shadow", "scores", "judgement"]
DnsName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$")]
WHY = {
    "databricks": {
        "shadow": "Model Serving sends no copy of a request to another version",
        "scores": "Model Serving exports no distribution of scores",
    },
    "seldon": {
        "shadow": "nothing compares the mirror's scores with the answers",
        "scores": "Seldon Core exports no distribution of scores",
        "judgement": "nothing reads Seldon Core's metrics yet; people set the steps by `lakeloop serving manifests`",
    },
}


class ScorerServing(Config):
    """The supervised scorer of this machine; its address is in LAKELOOP_SCORERS."""

    kind: Literal["scorer"]


class RemoteServing(Config):
    """What all endpoints away from this machine share."""

    update_minutes: Annotated[int, Field(ge=1, le=240)] = Field(
        default=30, description="that a change of the endpoint may take"
    )
    leaves_out: tuple[Part, ...] = Field(
        default=(),
        description="parts of a use case's rollout that this target cannot do and goes without, knowingly",
    )


class ModelServing(RemoteServing):
    """A Databricks Model Serving endpoint for each use case of kind stream."""

    kind: Literal["databricks"]
    workload_size: Literal["Small", "Medium", "Large"] = "Small"
    scale_to_zero: bool = Field(
        default=False, description="saves money, and costs the first request after a pause tens of seconds"
    )


class SeldonServing(RemoteServing):
    """Seldon Core 2 on a Kubernetes cluster; its licence is the Business Source License 1.1."""

    kind: Literal["seldon"]
    namespace: DnsName = "seldon-mesh"
    runtime: Literal["oipscorer", "mlserver"] = "mlserver"
    image: Text | None = Field(default=None, description="of the scorer; runtime oipscorer needs one")
    server_config: DnsName = Field(default="mlserver", description="ServerConfig that the Server builds on")
    replicas: Annotated[int, Field(ge=1, le=100)] = 1
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*(Ki|Mi|Gi)$")] = "200Mi"
    models: Annotated[str, Field(pattern=r"^(s3|gs|https)://.*[^/]$")] = Field(
        description="folder with the files of each version: <models>/<registered model>/<version>"
    )
    secret: DnsName | None = Field(default=None, description="Kubernetes secret with access to `models`")
    context: Text | None = Field(
        default=None, description="kubectl's context; without one manifests are rendered, and not applied"
    )

    address: Annotated[str, Field(pattern=r"^https?://.*[^/]$")] | None = Field(
        default=None, description="of the inference gateway; who answers is asked there"
    )

    @model_validator(mode="after")
    def _is_asked_where_it_is_applied(self) -> Self:
        if (self.context is None) != (self.address is None):
            raise ValueError(f"context is {self.context} and address {self.address}; expected both or none")
        return self

    @model_validator(mode="after")
    def _has_an_image(self) -> Self:
        if (self.runtime == "oipscorer") != (self.image is not None):
            raise ValueError(
                f"runtime is {self.runtime} and image {self.image}; oipscorer needs one, mlserver none"
            )
        return self


Serving = Annotated[ScorerServing | ModelServing | SeldonServing, Field(discriminator="kind")]


def rollout_on(serving: Serving, use_case: "StreamUseCase") -> Rollout:
    """The rollout of a use case without what the target leaves out.

    Raises ValueError where the use case asks for something that cannot be done there, and the target does not say that
    it goes without.
    """
    if isinstance(serving, ScorerServing):
        return use_case.rollout
    asked = _asked(use_case.rollout)
    for part, why in WHY[serving.kind].items():
        if part in asked and part not in serving.leaves_out:
            raise ValueError(
                f"serving {serving.kind}: {why}, and use case {use_case.name} asks for it ({asked[part]}). Take that "
                f"out of its file, or write `leaves_out: [{part}]` to go without it on this target"
            )
    return _without(use_case.rollout, serving.leaves_out)


def _asked(rollout: Rollout) -> dict[str, str]:
    """Where the configuration asks for each part."""
    asked = {"judgement": "rollout.steps"} if rollout.judged_steps else {}
    if SHADOW in rollout.steps:
        asked["shadow"] = "rollout.steps: shadow"
    if rollout.limits.scores is not None:
        asked["scores"] = "rollout.limits.scores"
    return asked


def _without(rollout: Rollout, left_out: tuple[str, ...]) -> Rollout:
    steps = rollout.steps[-1:] if "judgement" in left_out else rollout.steps
    if "shadow" in left_out:
        steps = tuple(step for step in steps if step != SHADOW)
    scores = None if "scores" in left_out else rollout.limits.scores
    limits = rollout.limits.model_copy(update={"scores": scores})
    return rollout.model_copy(update={"steps": steps, "limits": limits})
