"""The command line."""

import argparse
from pathlib import Path

from .repository.sources import Source, parsed_source
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
    made.add_argument(
        "--root", action="append", default=[], type=_folder, help="where load requests may find folders"
    )
    made.add_argument("--allow-missing", action="store_true", help="null stands for a missing value")
    made.add_argument("--max-requests", type=_positive, default=_DEFAULT.max_requests)
    made.add_argument("--max-body", type=_positive, default=_DEFAULT.max_body, help="bytes")
    made.add_argument("--body-seconds", type=float, default=_DEFAULT.body_seconds)
    made.add_argument("--drain-seconds", type=float, default=_DEFAULT.drain_seconds)
    made.add_argument(
        "--shadow-rows", type=_positive, default=_DEFAULT.shadow_rows, help="waiting for shadows"
    )
    made.add_argument("--inline-rows", type=int, default=_DEFAULT.inline_rows)
    return made


def settings_of(options: argparse.Namespace, grpc_port: int | None) -> Settings:
    """The limits among the options, and where gRPC listens."""
    return Settings(
        max_requests=options.max_requests,
        max_body=options.max_body,
        body_seconds=options.body_seconds,
        drain_seconds=options.drain_seconds,
        shadow_rows=options.shadow_rows,
        inline_rows=options.inline_rows,
        roots=tuple(options.root),
        allow_missing=options.allow_missing,
        host=options.host,
        grpc_port=grpc_port,
    )


def sources_of(options: argparse.Namespace) -> list[Source]:
    """The versions to load, in order. Raises ValueError: a folder is missing, a version comes twice."""
    sources = [parsed_source(text, options.allow_missing) for text in options.model]
    keys = [(source.name, source.number) for source in sources]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"version {key[1]} of {key[0]!r} comes twice, expected once")
    return sources


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}, expected 1 or more")
    return value


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return Path(text).resolve()
