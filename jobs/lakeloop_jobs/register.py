"""Registers the validated model of one training run, with the gate's decision on it."""

import argparse
import sys
from collections.abc import Sequence

import mlflow

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.report import writing
from lakeloop.lifecycle.session import spark_session, use_mlflow

EXIT_REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 2 when the run carries no decision of the gate: nothing is registered then."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    # Where the registry is Unity Catalog's, a model lives in a schema, which nobody else makes before the first one.
    spark_session(target.catalog).sql(f"CREATE SCHEMA IF NOT EXISTS {use_case.schema('ml')}")
    try:
        client = mlflow.MlflowClient()
        version = registry.register(client, target.model_name(use_case), options.run_id)
    except registry.NotValidatedError as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)
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
