"""The command line: ``run``, ``sync`` and ``build``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .engines import engine_of
from .errors import EdgeError
from .log.log import opened
from .model import read_model
from .runner import STANDARD, Asked, run
from .sync.destinations import destination_of
from .sync.sending import send

EXIT_FAILED, EXIT_REFUSED = 1, 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 0: done. 1: not, the message says why. 3: done, but some rows could not be scored."""
    options = _parser().parse_args(arguments)
    try:
        sys.exit(options.command(options))
    except EdgeError as error:
        print(f"edgescorer: {error}", file=sys.stderr)
        sys.exit(EXIT_FAILED)


def _run(options: argparse.Namespace) -> int:
    model = read_model(options.model)
    score = engine_of(model)
    asked = Asked(options.source, options.out, tuple(options.key), options.commit_rows)
    with opened(options.log, model, options.fsync, options.segment_rows) as log:
        done = run(model, score, log, asked)
    known = f", {done.known} known from before" if done.known else ""
    print(f"scored {done.scored} rows, refused {done.refused}{known}", file=sys.stderr)
    return EXIT_REFUSED if done.refused else 0


def _sync(options: argparse.Namespace) -> int:
    sent = send(options.log, destination_of(options.to))
    print(f"sent {sent.now} files, {sent.before} had arrived before", file=sys.stderr)
    return 0


def _build(options: argparse.Namespace) -> int:
    from .engines.compiled import build

    print(f"made {build(read_model(options.model))}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("edgescorer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="run|sync|build")
    _add_run(commands.add_parser("run", help="score a file, and log scores and drift"))
    sync = commands.add_parser("sync", help="send what was logged")
    sync.add_argument("--log", type=Path, required=True, help="the folder that run was given")
    sync.add_argument("--to", required=True, metavar="URI", help="s3://bucket/prefix or file:///folder")
    sync.set_defaults(command=_sync)
    build = commands.add_parser("build", help="compile a model in C for this machine")
    build.add_argument("--model", type=Path, required=True)
    build.set_defaults(command=_build)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--model", type=Path, required=True, help="the folder of `lakeloop export`")
    run.add_argument(
        "--in",
        dest="source",
        required=True,
        help=f"a file of JSON lines, a .csv, or {STANDARD} for JSON lines",
    )
    run.add_argument("--out", type=Path, help="a file of JSON lines; appears when all rows are in it")
    run.add_argument("--log", type=Path, required=True, help="a folder; one process logs to it at a time")
    run.add_argument(
        "--key", action="append", default=[], help="a column that is carried over; may be repeated"
    )
    run.add_argument("--fsync", choices=("commit", "segment", "never"), default="commit")
    run.add_argument("--commit-rows", type=_positive, default=256, help="rows that are committed at once")
    run.add_argument("--segment-rows", type=_positive, default=100_000, help="rows of a file that is sent")
    run.set_defaults(command=_run)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}, expected 1 or more")
    return number
