"""What can be chosen about the local stack: the folder of its state, its ports, the memory of Spark."""

import json
import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[4]
PREFIX = "LAKELOOP_"
# The home is part of search paths (":"), of lists of folders (","), of database addresses ("?", "#"), of values in
# which variables are replaced ("$"), and of supervisord's conf (";"): none of these has a way to escape them.
UNUSABLE = frozenset(":,?#$;\n\r")
KafkaSecurity = Literal["plaintext", "sasl_plaintext", "sasl_ssl"]
# What means nothing while `realtime` is off.
OF_REALTIME = (
    "kafka_port",
    "kafka_controller_port",
    "redis_port",
    "scorer_port",
    "stream_metrics_port",
    "suggester_port",
    "kafka_security",
)
Port = Annotated[int, Field(ge=1024, le=65535)]
Memory = Annotated[str, Field(pattern=r"^[1-9][0-9]*[mg]$", description="as Java writes it: 2g, 1500m")]


class StackSettingsError(ValueError):
    """A setting is wrong; the message names the variable, its value and what was expected."""


class StackSettings(BaseSettings):
    """Settings of one stack; each is read from ``LAKELOOP_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    home: Path = Field(default=ROOT / "var", description="all state, logs and credentials")
    s3_port: Port = 9500
    mlflow_port: Port = 5500
    localbricks_port: Port = 8443
    airflow_port: Port = 8080
    spark_port: Port = 15002
    derby_port: Port = 15270
    kafka_port: Port = 9092
    kafka_controller_port: Port = 9093
    redis_port: Port = 6379
    scorer_port: Port = 8090
    stream_metrics_port: Port = 9400
    suggester_port: Port = 8100
    spark_memory: Memory = "1536m"
    airflow_parallelism: Annotated[int, Field(ge=1, le=64)] = 4
    realtime: bool = Field(default=False, description="whether Kafka and Redis run too; they take 0.4 GB")
    kafka_security: KafkaSecurity = "plaintext"
    # Not kept with the running stack's settings: each command may be more or less patient.
    ready_seconds: Annotated[
        int, Field(ge=1, description="how long a living service may take to be ready")
    ] = Field(default=3600, exclude=True)

    @property
    def ports(self) -> dict[str, int]:
        """Port in use by the name of its setting: ``{"s3_port": 9500, ...}``."""
        ports = {name: value for name, value in self.model_dump().items() if name.endswith("_port")}
        return {name: port for name, port in ports.items() if self.realtime or name not in OF_REALTIME}

    @model_validator(mode="after")
    def _absolute_home(self) -> Self:
        # Services run in folders of their own, so a relative path would mean something else to each.
        object.__setattr__(self, "home", self.home.expanduser().resolve())
        unusable = sorted(set(str(self.home)) & UNUSABLE)
        if unusable:
            raise ValueError(
                f"{_variable('home')} is {str(self.home)!r}: a path with {' or '.join(map(repr, unusable))} cannot be "
                "part of search paths, addresses and conf files; choose a folder without"
            )
        return self

    @model_validator(mode="after")
    def _distinct_ports(self) -> Self:
        names: dict[int, str] = {}
        for name, port in self.ports.items():
            if port in names:
                raise ValueError(f"{_variable(names[port])} and {_variable(name)} are both {port}")
            names[port] = name
        return self


def read_settings(**chosen: Any) -> StackSettings:
    """Settings from the environment; `chosen` wins. Raises StackSettingsError."""
    _refuse_unknown_ports()
    try:
        return StackSettings(**chosen)
    except ValidationError as error:
        raise StackSettingsError("\n".join(_explain(problem) for problem in error.errors())) from None


def running_settings(settings: StackSettings | None = None) -> StackSettings:
    """Settings with which the stack of this home was started last, else those of the environment."""
    settings = settings or read_settings()
    file = stack_file(settings.home)
    if not file.exists():
        return settings
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return StackSettings(**{**stored, "home": settings.home})
    except (ValueError, TypeError) as error:
        raise StackSettingsError(f"{file} is damaged ({error}); run lakeloop down, then remove it") from None


def joined(settings: StackSettings) -> StackSettings:
    """`settings` with the values of the running stack wherever nobody chose one, by variable or argument."""
    running = running_settings(settings)
    left_open = {name: value for name, value in running if name not in settings.model_fields_set}
    return settings.model_copy(update=left_open | {"ready_seconds": settings.ready_seconds})


def stack_file(home: Path) -> Path:
    """Where the settings of the running stack are kept for other commands."""
    return home / "stack.json"


def keep(settings: StackSettings) -> None:
    """Write `settings` for :func:`running_settings`, whole or not at all."""
    file = stack_file(settings.home)
    draft = file.with_suffix(".tmp")
    draft.write_text(settings.model_dump_json(indent=2, exclude={"home"}) + "\n", encoding="utf-8")
    draft.replace(file)


def _explain(problem: Any) -> str:
    if not problem["loc"]:
        return str(problem["ctx"]["error"]) if "ctx" in problem else str(problem["msg"])
    return f"{_variable(problem['loc'][0])} is {problem['input']!r}: {problem['msg']}"


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _refuse_unknown_ports() -> None:
    """A misspelt port would be ignored without a word, and the service would come up elsewhere."""
    known = [_variable(name) for name in StackSettings.model_fields if name.endswith("_port")]
    for name in os.environ:
        if name.startswith(PREFIX) and name.endswith("PORT") and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ";"
            raise StackSettingsError(f"{name} is no setting{hint} There are: {', '.join(known)}")
