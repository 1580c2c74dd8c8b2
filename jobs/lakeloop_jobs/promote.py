"""Makes one validated version the champion and appends to the promotion ledger."""

import argparse
import sys
from collections.abc import Sequence

import mlflow

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle.deployment.delta_ledger import LedgerShapeError, ledger_of
from lakeloop.lifecycle.deployment.ledger import LedgerMovedError
from lakeloop.lifecycle.deployment.promotion import PromotionRefusedError, Request, promote
from lakeloop.lifecycle.registry import holdout_policy
from lakeloop.lifecycle.session import spark_session, use_mlflow
from lakeloop.lifecycle.sql import through_spark

EXIT_REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 2: the version does not exist, has not passed, or its verdict is out of date. No champion changes."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    ledger = ledger_of(through_spark(spark_session(target.catalog)), use_case)
    request = Request(
        version=options.version,
        who=options.who,
        why=options.reason,
        policy=holdout_policy(use_case),
        override=options.override == "true",
    )
    try:
        done = promote(mlflow.MlflowClient(), ledger, target.model_name(use_case), request)
    except (PromotionRefusedError, LedgerShapeError, LedgerMovedError, ValueError) as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    print(f"{done} (by {done.row.who}: {done.row.why})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="promote", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--version", required=True, help="the validated version, never 'latest'")
    parser.add_argument("--reason", required=True, help="goes into the ledger")
    parser.add_argument("--who", required=True, help="goes into the ledger")
    parser.add_argument(
        "--override",
        choices=("true", "false"),
        default="false",
        help="promote although the version was compared with another champion or judged by another policy",
    )
    return parser


if __name__ == "__main__":
    main()
