"""How a new version takes over the traffic of an endpoint: in which steps, and what stops it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lakeloop.config.base import Config, Share

SHADOW: Literal["shadow"] = "shadow"
ALL = 100  # percent; set by the promotion
Step = Literal["shadow"] | Annotated[int, Field(ge=1, le=ALL)]
WhenUndecided = Literal["continue", "stop"]


def _rising_to_all(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    said = ", ".join(map(str, steps))
    if SHADOW in steps[1:]:
        raise ValueError(f"are {said}; the shadow answers nobody, so it can only be the first step")
    percents = [step for step in steps if step != SHADOW]
    if not percents or percents[-1] != ALL:
        raise ValueError(f"are {said}; expected {ALL} as the last, which the promotion sets")
    if percents != sorted(set(percents)):
        raise ValueError(
            f"are {said}; expected percents that rise, so that a key changes its version only once"
        )
    return steps


Steps = Annotated[tuple[Step, ...], Field(min_length=1), AfterValidator(_rising_to_all)]


class RolloutLimits(Config):
    """What the challenger may be worse by; beyond any of them, shown with the error rate, the rollout is taken back."""

    errors: Share = Field(
        default=0.005, description="share of its requests that fail, more than the champion's"
    )
    latency: float = Field(
        default=1.5, ge=1, le=100, description="its 99th percentile, as a multiple of the champion's"
    )
    difference: Share = Field(
        default=0.05, description="shadow: mean of |its score - the champion's| on the same requests"
    )
    scores: Share | None = Field(
        default=0.1,
        description="canary: largest distance between the distributions of scores (Kolmogorov-Smirnov); null: none",
    )


class Undecided(Config):
    """What happens when a step has lasted its longest and too little was seen to call it passed."""

    shadow: WhenUndecided = Field(default="continue", description="with a warning: nobody was answered by it")
    canary: WhenUndecided = "stop"


class Rollout(Config):
    """Steps in order, what has to be seen in each, and the limits."""

    steps: Steps = ("shadow", 5, 25, ALL)
    observations: Annotated[int, Field(ge=100)] = Field(
        default=2000, description="requests that the challenger has to score in each step"
    )
    longest: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = Field(
        default=60, description="minutes that a step lasts at most"
    )
    undecided: Undecided = Undecided()
    limits: RolloutLimits = RolloutLimits()
    error_rate: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.05,
        description="probability, over all looks, limits and steps, that a challenger within the limits is stopped as "
        "being beyond one",
    )
    every: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=10.0, description="seconds from look to look"
    )

    @property
    def judged_steps(self) -> tuple[Step, ...]:
        """The steps before the promotion."""
        return tuple(step for step in self.steps if step != ALL)
