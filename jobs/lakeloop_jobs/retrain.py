"""Trains a version again in a clean environment: ``lakeloop reproduce`` starts it with the version's own code."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from lakeloop.lifecycle.reproduction.rerun import RESULT, rerun


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes what came out to ``<folder>/reproduced.json``."""
    options = _parser().parse_args(arguments)
    result = rerun(options.folder)
    print(f"{options.folder / RESULT}: {result['predictions']['differing']} predictions differ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="retrain", description=__doc__)
    parser.add_argument(
        "--folder", required=True, type=Path, help="holds recipe.json, snapshot/ and the registered model/"
    )
    return parser


if __name__ == "__main__":
    main()
