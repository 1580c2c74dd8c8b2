"""Makes the version champion again that served before, or an earlier champion that is named; the ledger says so.

The version has to load and to score first. A task that is tried again rolls back once: `--request` is its id.
"""

import argparse
import sys
from collections.abc import Sequence

import mlflow

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle.deployment.delta_ledger import LedgerShapeError, ledger_of
from lakeloop.lifecycle.deployment.ledger import LedgerMovedError
from lakeloop.lifecycle.deployment.probe import probe
from lakeloop.lifecycle.deployment.rollback import RollbackRefusedError, RollbackRequest, rollback
from lakeloop.lifecycle.deployment.served import in_scores
from lakeloop.lifecycle.session import spark_session, use_mlflow
from lakeloop.lifecycle.sql import through_spark

EXIT_REFUSED = 2
REFUSALS = (RollbackRefusedError, LedgerShapeError, LedgerMovedError)


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 2: there is no version to go back to, or it may not or cannot serve. No champion changes."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    run = through_spark(spark_session(target.catalog))
    request = RollbackRequest(options.who, options.reason, options.to or None, options.request)
    try:
        done = rollback(
            mlflow.MlflowClient(),
            ledger_of(run, use_case),
            target.model_name(use_case),
            request,
            in_scores(run, use_case),
            lambda version: probe(run, use_case, version),
        )
    except REFUSALS as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    print(f"{done} (by {done.row.who}: {done.row.why})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rollback", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--to", default="", help="an earlier champion; default: the one that served before")
    parser.add_argument("--reason", required=True, help="goes into the ledger")
    parser.add_argument("--who", required=True, help="goes into the ledger")
    parser.add_argument(
        "--request", required=True, help="an id: what was done under it is not done once more"
    )
    return parser


if __name__ == "__main__":
    main()
