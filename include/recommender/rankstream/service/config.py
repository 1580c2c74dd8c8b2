"""The configuration: one JSON file, checked field by field before anything is opened."""

import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
MEMORY = "memory:"


class ConfigError(ValueError):
    """A configuration that cannot be; the text names the file, the field and what was expected."""


class ModelSource(Struct, frozen=True, forbid_unknown_fields=True):
    """What answers: a folder of `rankstream.folder` for good, or a registered model by its aliases.

    Args:
        folder: that was saved; `version` is what answers call it.
        name: of a registered model, whose versions `rankstream.pyfunc` loads; then
        registry_uri: MLflow's server of runs and registry;
        aliases: of which the first that the registry has decides which version answers;
        downloads: a folder for its versions, which no other process uses.
    """

    folder: Path | None = None
    version: Name = "1"
    name: Name | None = None
    registry_uri: Annotated[str, Meta(pattern=r"^https?://")] = ""
    aliases: Annotated[tuple[Name, ...], Meta(min_length=1)] = ("champion",)
    downloads: Path | None = None

    def __post_init__(self) -> None:
        if (self.folder is None) == (self.name is None):
            raise ValueError("a model has either `folder` or `name`; give one of them")
        if self.name is not None and not (self.registry_uri and self.downloads):
            raise ValueError("a registered model needs `registry_uri` and `downloads`, too")


class StoreSource(Struct, frozen=True, forbid_unknown_fields=True):
    """Where states are kept.

    Args:
        url: of Redis (``redis:``, ``rediss:``, ``unix:``), or ``memory:``, which forgets all with the process.
        url_variable: the environment variable that holds it, where it has a password.
        namespace: the prefix of keys.
        seconds: until a server that does not answer is an error.
    """

    url: Annotated[str, Meta(pattern=r"^(rediss?://|unix://|memory:$)")] = ""
    url_variable: str = ""
    namespace: Name = "rankstream"
    seconds: Seconds = 1.0

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.url_variable):
            raise ValueError("a store has either `url` or `url_variable`; give one of them")


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a client may ask, and how long things may take.

    Args:
        requests: in flight, before 429.
        threads: that answer them.
        body: bytes.
        interactions, entities: of a request.
        k: items of an answer.
        text: characters of a name.
        ahead_seconds: how far the time of an interaction may lie after that of the server.
        body_seconds: within which a body must have come.
        drain_seconds: between "not ready" and the end of listening.
    """

    requests: Positive = 64
    threads: Positive = 4
    body: Positive = 2**20
    interactions: Positive = 1000
    entities: Positive = 100
    k: Positive = 100
    text: Positive = 256
    ahead_seconds: Annotated[float, Meta(ge=0)] = 300.0
    body_seconds: Seconds = 10.0
    drain_seconds: Annotated[float, Meta(ge=0)] = 1.0


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What is served, and where.

    Args:
        entity: what entities are called, part of their keys in the store.
        port: 0 for a free one.
        poll_seconds: between two looks at the registry.
        token_variable: the environment variable that holds the bearer token of clients; None for no token.
    """

    model: ModelSource
    store: StoreSource
    entity: Name
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8082
    poll_seconds: Seconds = 10.0
    limits: Limits = Limits()
    token_variable: str | None = None


def read_config(file: Path) -> Config:
    """The configuration of a file. Raises ConfigError."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Config, dec_hook=_path)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{file}: {error}") from error


def _path(kind: type, value: Any) -> Any:
    """Paths are written as texts."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"{value!r} is no {kind.__name__}; expected a text")
    return Path(value)


def variable(name: str, what: str) -> str:
    """The value of an environment variable. Raises ConfigError where it is empty or has spaces around it."""
    value = os.environ.get(name, "")
    if not value or value != value.strip():
        raise ConfigError(
            f"the environment variable {name} holds no {what}; set it, or take it out of the configuration"
        )
    return value
