"""A use case of kind `stream`: a decision about each event, within milliseconds of its arrival."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Name
from lakeloop.config.source import EventSource, Source
from lakeloop.config.use_case.labelled import LabelledUseCase
from lakeloop.config.use_case.rollout import Rollout

# Tables beside those of the entities, and a column.
EVENT, POSITIONS, STATE = "event", "positions", "_state"


class Stream(Config):
    """Which events are decided on, and what is known of each: by the same code for training and in real time."""

    events: Name = Field(description="table of the source whose rows are the events")
    entities: dict[Name, dict[Literal["key"], Name]] = Field(
        min_length=1, description="what is remembered, and the event's column that tells one from another"
    )
    location: tuple[Name, Name] | None = Field(
        default=None, description="columns with latitude and longitude"
    )
    features: tuple[dict[str, Any], ...] = Field(
        min_length=1, description="as the package eventfeatures reads them"
    )

    @model_validator(mode="after")
    def _entities_have_tables_of_their_own(self) -> Self:
        taken = sorted({EVENT, POSITIONS} & set(self.entities))
        if taken:
            raise ValueError(
                f"entities: {', '.join(taken)} is the name of a table beside theirs; choose another"
            )
        return self


class StreamUseCase(LabelledUseCase):
    """`include/use_cases/<name>.yaml` with ``kind: stream``: the entity is the event itself."""

    kind: Literal["stream"]
    stream: Stream
    rollout: Rollout = Rollout()

    @model_validator(mode="after")
    def _scores_are_probabilities(self) -> Self:
        if self.task.kind != "binary":
            raise ValueError(
                f"task.kind: {self.task.kind}; a stream needs binary: rollout.limits compares scores between 0 and 1"
            )
        return self

    @property
    def events_schema(self) -> str:
        """``fraud_events``: what is known of events, made by the job `event_features`."""
        return f"{self.name}_events"

    def event_table(self, name: str) -> str:
        """``fraud_events.card``: features and states of one entity; `EVENT` and `POSITIONS` name two more."""
        return f"{self.events_schema}.{name}"

    def require_source(self, source: Source) -> None:
        """Raises ValueError for a source whose events cannot be what `stream` says."""
        if not isinstance(source, EventSource):
            raise ValueError(f"source: {source.name} is no source of kind events; a stream needs one")
        if self.stream.events not in source.tables:
            raise ValueError(
                f"stream.events: source {source.name} has no table {self.stream.events!r}; it has "
                f"{', '.join(source.tables)}"
            )
        table = source.tables[self.stream.events]
        if table.event_time is None or list(table.keys) != list(self.entity.keys):
            raise ValueError(
                f"stream.events: {self.stream.events} has the event time {table.event_time} and the keys "
                f"{', '.join(table.keys)}; expected an event time, and the key of the entity: "
                f"{', '.join(self.entity.keys)}"
            )
        _parsed(self, source)


def definition(use_case: StreamUseCase, source: EventSource) -> dict[str, Any]:
    """The features' definition as ``eventfeatures.Engine`` takes it; time and id are the source's."""
    table = source.tables[use_case.stream.events]
    said = use_case.stream.model_dump(include={"entities", "location", "features"}, exclude_none=True)
    location = {"location": list(said["location"])} if "location" in said else {}
    return {
        **said,
        **location,
        "time": table.event_time,
        "id": table.keys[0],
        "features": list(said["features"]),
    }


def namespace(use_case: StreamUseCase, source: EventSource) -> str:
    """Of the online store, such as ``fraud_5f1c09a2``: states of another definition cannot be read."""
    from eventfeatures import Engine

    return f"{use_case.name}_{Engine(definition(use_case, source)).fingerprint[:8]}"


def _parsed(use_case: StreamUseCase, source: EventSource) -> None:
    """The package says what is wrong with a feature; the columns that it names have to be the table's."""
    from eventfeatures import DefinitionError, parse

    try:
        parsed = parse(definition(use_case, source))
    except DefinitionError as error:
        raise ValueError(f"stream.{error}") from None
    columns = source.tables[use_case.stream.events].columns
    for feature in parsed.features:
        named = [feature.of, feature.where.field if feature.where else None]
        for column in filter(None, named):
            if column not in columns:
                raise ValueError(
                    f"stream.features: {feature.name} reads {column!r}, which is no column of "
                    f"{use_case.stream.events}; columns are {', '.join(columns)}"
                )
