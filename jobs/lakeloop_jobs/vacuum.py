"""Cleans up the gold tables of a use case, up to what model versions and publications still need.

Prints who needs what, and how far each table is cleaned up. Needed are: the champion, the challenger, each version that
served and may be rolled back to, and the publications whose nights may be scored again.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import mlflow

from lakeloop.config import Target, UseCase, load_target, load_use_case
from lakeloop.lifecycle import published, registry, retention
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.session import spark_session, use_mlflow
from lakeloop.lifecycle.sql import through_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EXIT_REFUSED = 2
DAYS = 30


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 2: more was asked for than is not needed. Nothing is removed then, of any table."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    asked = None if options.retain_hours is None else timedelta(hours=options.retain_hours)
    try:
        vacuum(
            spark_session(target.catalog), use_case, target, asked, options.nights, options.dry_run == "true"
        )
    except retention.NeededError as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)


def vacuum(
    spark: "SparkSession",
    use_case: UseCase,
    target: Target,
    asked: timedelta | None,
    nights: int = DAYS,
    dry_run: bool = False,
) -> None:
    """Clean up each gold table. Raises NeededError before any is touched."""
    moment = datetime.now(UTC)
    needed = needs_of(spark, use_case, target, moment - timedelta(days=nights))
    commits = {table: retention.commits(spark, table) for table in needed}
    limits = [retention.limit(table, versions, commits[table], moment) for table, versions in needed.items()]
    for found in limits:
        print(_said(found, needed[found.table]))
        if asked is not None:
            retention.require(found, needed[found.table], asked)
    if not dry_run:
        for found in limits:
            if commits[found.table]:  # a model version may be of a table that has another name by now
                retention.vacuum(spark, found, asked)


def needs_of(spark: "SparkSession", use_case: UseCase, target: Target, since: datetime) -> retention.Needs:
    """Who needs which version, from registry, ledger and publications."""
    client, model = mlflow.MlflowClient(), target.model_name(use_case)
    rows = ledger_of(through_spark(spark), use_case).rows(model)
    living = [registry.champion_version(client, model), registry.challenger_version(client, model)]
    # served before there was a ledger
    living += [registry.find_version(client, model, row.from_version) for row in rows[:1] if row.from_version]
    return retention.needs(
        use_case,
        [version for version in living if version is not None],
        rows,
        published.publications(spark, use_case),
        since,
    )


def _said(found: retention.Limit, needed: Mapping[int, tuple[str, ...]]) -> str:
    lines = [f"{found.table}: files are kept for {found.files}"]
    lines += [f"  version {version}: {', '.join(who)}" for version, who in sorted(needed.items())]
    lines += [f"  version {version} is gone; its rows are in the DVC snapshot" for version in found.gone]
    return "\n".join(lines)


def _hours(text: str) -> int | None:
    """What the DAG leaves open comes as an empty text."""
    return int(text) if text else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vacuum", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument(
        "--retain-hours",
        type=_hours,
        help="keep more than is needed; fewer hours than needed are refused; empty: as many as needed",
    )
    parser.add_argument(
        "--nights", type=int, default=DAYS, help="days whose publications may be scored again (default: 30)"
    )
    parser.add_argument(
        "--dry-run", choices=("true", "false"), default="false", help="only say what is needed"
    )
    return parser


if __name__ == "__main__":
    main()
