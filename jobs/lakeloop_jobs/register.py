"""Registers the validated model of one training run, with the gate's decision on it, and writes that into the ledger.

The row is there once however often the task is tried. A change of champion that was cut off is carried out first.
"""

import argparse
import sys
from collections.abc import Sequence

import mlflow

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.verdict import note_verdict
from lakeloop.lifecycle.report import writing
from lakeloop.lifecycle.session import spark_session, use_mlflow
from lakeloop.lifecycle.sql import through_spark

EXIT_REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 2 when the run carries no decision of the gate: nothing is registered then."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    run = through_spark(spark_session(target.catalog))
    # Where the registry is Unity Catalog's, a model lives in a schema, which nobody else makes before the first one.
    run(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema('ml')}")
    client, ledger, model = mlflow.MlflowClient(), ledger_of(run, use_case), target.model_name(use_case)
    repaired = alias.repair(client, ledger, model)
    if repaired:
        print(repaired)
    try:
        version = registry.register(client, model, options.run_id)
    except registry.NotValidatedError as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)
    note_verdict(ledger, version, alias.champion(client, model))
    if not writing.describe(client, version):
        print(f"run {options.run_id} holds no model card: the version has no description")
    status, reason = version.tags[registry.STATUS], version.tags[registry.REASON]
    print(f"registered model={version.name} version={version.version} validation_status={status}")
    print(f"reason: {reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="register", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument(
        "--run-id", required=True, help="MLflow run that logged the model (task value of train)"
    )
    return parser


if __name__ == "__main__":
    main()
