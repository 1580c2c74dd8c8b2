"""A use case of kind `stream`: a decision about each event, within milliseconds of its arrival."""

from typing import Any, Literal

from pydantic import Field

from lakeloop.config.base import Config, Name
from lakeloop.config.use_case.use_case import UseCase


class Stream(Config):
    """Which events are decided on, and what is known of each: by the same code for training and in real time."""

    events: Name = Field(description="table of the source whose rows are the events")
    features: dict[Name, Any] = Field(
        description="definition of the features, as the package eventfeatures reads it"
    )


class StreamUseCase(UseCase):
    """`include/use_cases/<name>.yaml` with ``kind: stream``: the entity is the event itself."""

    kind: Literal["stream"]
    stream: Stream

    @property
    def event_features(self) -> str:
        """``fraud_events.features``: of each event what was known of it, made by the job `event_features`."""
        return f"{self.name}_events.features"
