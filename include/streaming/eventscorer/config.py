"""The configuration: one JSON file, checked field by field before anything is read from Kafka."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from eventfeatures import DefinitionError, parse

from .errors import ConfigError

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
Positive = Annotated[int, Meta(ge=1)]


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """What scores: the traffic of a server of oipscorer, or one version for good.

    Args:
        state: the server's ``--state``.
        folder: one that MLflow wrote.
        version: what decisions call the one of `folder`.
    """

    name: Name
    state: Path | None = None
    folder: Path | None = None
    version: Name = "1"


class Store(Struct, frozen=True, forbid_unknown_fields=True):
    """Where `eventfeatures` keeps states.

    Args:
        url: of Redis (``redis:``, ``rediss:``, ``unix:``) or PostgreSQL (``postgresql:``).
        namespace: the prefix of keys in Redis, the schema in PostgreSQL: the one that the states were seeded in.
    """

    url: Annotated[str, Meta(pattern=r"^(rediss?|unix|postgres(ql)?)://")]
    namespace: Name = "eventfeatures"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What is read, how it is checked and scored, and where decisions go.

    Args:
        kafka: settings of librdkafka; what is not given comes from ``KAFKA_*`` variables.
        instance: which member of the group this process is; a successor with the same name takes over at once.
        event_id, event_time: properties of an event; the time is RFC 3339 with an offset, or milliseconds since 1970.
        features: properties of an event that are the model's columns, in order; or
        definition: of features that are computed from states in `store`, see eventfeatures; it names id and time, too.
        reasons: how many features that moved a score most a decision names, where the score is at least
        reasons_from.
        start: where to begin where neither the group nor the store has a position.
        allowed_ahead_seconds: how far an event may lie after the Kafka timestamp of its message.
        linger_ms: how long a batch waits for more events.
        idle_partition_ms: how long events wait for a partition that has more, but has not delivered it.
        stall_seconds: how long a call of Kafka's client may hang before the process ends, to be started again.
        duplicate_window: among how many earlier messages of its partition an event's id must be new.
    """

    topic: Name
    group: Name
    schema: dict[str, Any]
    model: Model
    features: tuple[str, ...] = ()
    definition: dict[str, Any] | None = None
    store: Store | None = None
    kafka: dict[str, str | int | float | bool] = field(default_factory=dict)
    instance: Name = "0"
    decisions: Name = ""
    dead_letters: Name = ""
    event_id: str = ""
    event_time: str = ""
    reasons: Annotated[int, Meta(ge=0, le=100)] = 0
    reasons_from: float = 0.0
    start: Literal["earliest", "latest"] = "earliest"
    batch_rows: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    linger_ms: Annotated[int, Meta(ge=0, le=10_000)] = 5
    idle_partition_ms: Annotated[int, Meta(ge=0)] = 500
    allowed_lateness_seconds: Annotated[float, Meta(ge=0)] = 3600.0
    allowed_ahead_seconds: Annotated[float, Meta(ge=0)] = 3600.0
    duplicate_window: Annotated[int, Meta(ge=0)] = 20_000
    max_bytes: Positive = 65_536
    stall_seconds: Annotated[float, Meta(gt=0)] = 60.0
    metrics_port: Annotated[int, Meta(ge=0, le=65_535)] = 9400

    @property
    def id_field(self) -> str:
        """Of an event: what `event_id` says, or else the definition, or else ``id``."""
        return self.event_id or (self.definition or {"id": "id"})["id"]

    @property
    def time_field(self) -> str:
        """Of an event: what `event_time` says, or else the definition, or else ``time``."""
        return self.event_time or (self.definition or {"time": "time"})["time"]

    @property
    def decisions_topic(self) -> str:
        """Where decisions go: ``<topic>.decisions`` unless it is given."""
        return self.decisions or f"{self.topic}.decisions"

    @property
    def dead_letters_topic(self) -> str:
        """Where refused messages go: ``<topic>.dead_letters`` unless it is given."""
        return self.dead_letters or f"{self.topic}.dead_letters"


def read_config(file: Path) -> Config:
    """The configuration in a file; relative folders are beside it. Raises ConfigError."""
    try:
        config = msgspec.json.decode(file.read_bytes(), type=Config, dec_hook=_path)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise ConfigError(f"{file}: {error}") from None
    _check(config, file)
    model = msgspec.structs.replace(config.model, **_folders(config.model, file))
    return msgspec.structs.replace(config, model=model)


def _folders(model: Model, file: Path) -> dict[str, Path]:
    if (model.folder is None) == (model.state is None):
        raise ConfigError(f"{file}: model: expected either a folder or the state of a server")
    if model.folder is None:
        return {"state": file.parent / str(model.state)}
    folder = file.parent / model.folder
    if not folder.is_dir():
        raise ConfigError(
            f"{file}: model.folder: there is no folder {folder}, expected one that MLflow wrote"
        )
    return {"folder": folder}


def kafka_settings(config: Config, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Settings of a client: ``KAFKA_BOOTSTRAP_SERVERS`` is ``bootstrap.servers``; the file wins. Raises ConfigError."""
    given = {name: value for name, value in environment.items() if name.startswith("KAFKA_")}
    named = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in given.items()}
    settings = {**named, **config.kafka}
    if "bootstrap.servers" not in settings:
        raise ConfigError(
            "kafka: there is no bootstrap.servers, expected it here or in KAFKA_BOOTSTRAP_SERVERS"
        )
    return settings


def _check(config: Config, file: Path) -> None:
    if bool(config.features) == bool(config.definition):
        raise ConfigError(f"{file}: features, definition: expected one of both")
    if bool(config.definition) != bool(config.store):
        raise ConfigError(f"{file}: store: expected one where there is a definition, and only there")
    if config.definition:
        _check_definition(config.definition, file)
    if len({config.topic, config.decisions_topic, config.dead_letters_topic}) < 3:
        raise ConfigError(f"{file}: topic, decisions, dead_letters: expected three different topics")
    for name in config.features:
        _check_number(config.schema, name, file)


def _check_definition(definition: Mapping[str, Any], file: Path) -> None:
    try:
        parse(definition)
    except DefinitionError as error:
        raise ConfigError(f"{file}: definition: {error}") from error


def _check_number(schema: Mapping[str, Any], name: str, file: Path) -> None:
    """Whatever passes the schema can be scored: it must promise a number."""
    types = schema.get("properties", {}).get(name, {}).get("type", [])
    types = {types} if isinstance(types, str) else set(types)
    if (
        name not in schema.get("required", [])
        or not types
        or types - {"number", "integer", "boolean", "null"}
    ):
        shown = sorted(types) or "no type"
        raise ConfigError(
            f"{file}: schema: feature {name!r} has {shown}, expected it among `required` with type number, integer, "
            "boolean or null"
        )


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)
