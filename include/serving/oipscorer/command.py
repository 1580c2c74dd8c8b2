"""The command line."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from .registry.registered import Registered
from .repository.sources import NAME, Source, parsed_source
from .requestlog.settings import LogSettings
from .settings import Settings

_DEFAULT = Settings()


def parser() -> argparse.ArgumentParser:
    """All options; those of `Settings` have its defaults."""
    made = argparse.ArgumentParser(
        "oipscorer", description="Serves XGBoost and ONNX models that MLflow wrote."
    )
    made.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER[@VERSION]")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    made.add_argument("--grpc-port", type=int, help="serve gRPC, too; 0 takes a free one")
    made.add_argument("--workers", type=_positive, default=1, help="processes that share the port")
    made.add_argument(
        "--state", type=Path, metavar="DIR", help="keeps what is served; without it, a restart forgets"
    )
    made.add_argument(
        "--root", action="append", default=[], type=_folder, help="where load requests may find folders"
    )
    made.add_argument("--allow-missing", action="store_true", help="null stands for a missing value")
    made.add_argument("--max-requests", type=_positive, default=_DEFAULT.max_requests)
    made.add_argument("--max-body", type=_positive, default=_DEFAULT.max_body, help="bytes")
    made.add_argument("--body-seconds", type=float, default=_DEFAULT.body_seconds)
    made.add_argument("--drain-seconds", type=float, default=_DEFAULT.drain_seconds)
    made.add_argument(
        "--take-seconds", type=float, default=_DEFAULT.take_seconds, help="for a change, per worker"
    )
    made.add_argument(
        "--shadow-rows", type=_positive, default=_DEFAULT.shadow_rows, help="waiting for shadows"
    )
    made.add_argument("--inline-rows", type=int, default=_DEFAULT.inline_rows)
    made.add_argument("--mlflow", metavar="URI", help="a model registry, whose aliases are followed")
    made.add_argument("--registered", metavar="NAME", help="its model")
    made.add_argument(
        "--aliases", default="champion,challenger,previous", metavar="A,B", help="the first has traffic"
    )
    made.add_argument("--poll-seconds", type=float, default=10.0, help="between two looks at the registry")
    made.add_argument("--token-variable", metavar="NAME", help="environment variable of the bearer token")
    made.add_argument(
        "--control-token-variable", metavar="NAME", help="of another one for control and metrics"
    )
    made.add_argument("--no-metrics", action="store_true", help="count no requests")
    _add_log(made)
    return made


def _add_log(made: argparse.ArgumentParser) -> None:
    default = _DEFAULT.log
    made.add_argument("--log", type=Path, metavar="DIR", help="logs requests as JSON lines")
    made.add_argument("--log-share", type=_share, default=default.share, help="of the requests, 0 to 1")
    made.add_argument("--log-queue", type=_positive, default=default.capacity, help="requests that wait")
    made.add_argument("--log-size", type=_positive, default=default.size, help="bytes of a file")
    made.add_argument("--log-kept", type=_positive, default=default.kept, help="full files per worker")
    made.add_argument(
        "--log-kafka", action="append", default=[], metavar="OPTION=VALUE", help="librdkafka's options"
    )
    made.add_argument("--log-topic", default="", help="of Kafka; KAFKA_* variables are options too")


def settings_of(options: argparse.Namespace, grpc_port: int | None) -> Settings:
    """The limits among the options, and where gRPC listens."""
    return Settings(
        max_requests=options.max_requests,
        max_body=options.max_body,
        body_seconds=options.body_seconds,
        drain_seconds=options.drain_seconds,
        take_seconds=options.take_seconds,
        shadow_rows=options.shadow_rows,
        inline_rows=options.inline_rows,
        roots=tuple(options.root),
        allow_missing=options.allow_missing,
        host=options.host,
        grpc_port=grpc_port,
        token_variable=options.token_variable,
        control_token_variable=options.control_token_variable,
        log=_log_of(options),
        count=not options.no_metrics,
    )


def _log_of(options: argparse.Namespace) -> LogSettings:
    """Raises ValueError for options of Kafka that are none, that come without a topic, or lack the brokers."""
    kafka = _variables(os.environ) if options.log_topic else {}
    for text in options.log_kafka:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ValueError(f"--log-kafka {text!r}, expected OPTION=VALUE")
        kafka[name] = value
    if kafka and not options.log_topic:
        raise ValueError("--log-kafka needs --log-topic, the topic to write to")
    if options.log_topic and "bootstrap.servers" not in kafka:
        raise ValueError(
            f"--log-topic {options.log_topic}: no brokers are named, expected --log-kafka bootstrap.servers=HOST:PORT "
            "or the variable KAFKA_BOOTSTRAP_SERVERS"
        )
    sizes = options.log_queue, options.log_size, options.log_kept
    return LogSettings(options.log, options.log_share, *sizes, kafka, options.log_topic)


def sources_of(options: argparse.Namespace) -> list[Source]:
    """The versions to load, in order. Raises ValueError: a folder is missing, a version comes twice."""
    sources = [parsed_source(text, options.allow_missing) for text in options.model]
    keys = [(source.name, source.number) for source in sources]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"version {key[1]} of {key[0]!r} comes twice, expected once")
    return sources


def registered_of(options: argparse.Namespace) -> Registered | None:
    """The model of a registry to follow, or None. Raises ValueError for half of it."""
    if options.mlflow is None and options.registered is None:
        return None
    if not options.mlflow or not NAME.fullmatch(options.registered or ""):
        said = f"--mlflow {options.mlflow} --registered {options.registered}"
        raise ValueError(f"{said}, expected an address and a name that matches {NAME.pattern}")
    aliases = tuple(filter(None, options.aliases.split(",")))
    if not aliases:
        raise ValueError(f"--aliases {options.aliases!r}, expected one or more, with commas")
    return Registered(
        options.mlflow, options.registered, aliases, options.poll_seconds, options.allow_missing
    )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}, expected 1 or more")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text}, expected 0 to 1")
    return value


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return Path(text).resolve()


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Options of librdkafka: ``KAFKA_SASL_PASSWORD`` is ``sasl.password``, which no command line should show."""
    given = {
        name.removeprefix("KAFKA_"): value for name, value in environment.items() if name.startswith("KAFKA_")
    }
    return {name.lower().replace("_", "."): value for name, value in given.items()}
