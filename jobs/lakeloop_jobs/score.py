"""Scores one night: every entity of the newest period that was over and published, with the champion of that time.

The moment asked for decides everything (see `lakeloop.lifecycle.night`), so that a night that runs again gives the same
answer. The Delta table is written first (one atomic commit that replaces the period), the Parquet files are exported
from it; no other period is touched. A night without new features scores the newest published period again: same rows,
new time.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import boto3
import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model

from lakeloop.config import LabelledUseCase, RankingUseCase, Target, UseCase, load_target, load_use_case
from lakeloop.lifecycle import published, registry, scores
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.ledger import champion_at
from lakeloop.lifecycle.deployment.served import note_service
from lakeloop.lifecycle.export import ExportRefusedError
from lakeloop.lifecycle.night import Night, NightRefusedError, asked_for, is_present, moment_of, night
from lakeloop.lifecycle.night_rows import read_published, require_rows
from lakeloop.lifecycle.scoring import pack, refusal, score_frame
from lakeloop.lifecycle.session import spark_session, use_mlflow
from lakeloop.lifecycle.sql import through_spark
from lakeloop.lifecycle.time_travel import VersionGoneError, needing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

EXIT_NO_CHAMPION = 3
EXIT_REFUSED = 4


class NoChampionError(RuntimeError):
    """There was no champion at that time."""


REFUSALS = (
    NightRefusedError,
    VersionGoneError,
    scores.NewerScoresError,
    scores.ScoresShapeError,
    ExportRefusedError,
)


@dataclass(frozen=True)
class Asked:
    """The command line: `version` None means the champion at `moment`; `override` lets it replace newer scores."""

    moment: datetime
    version: str | None
    override: bool


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 3: no champion then. 4: refused (data not published, stale, gone or too few; a feature that the
    model needs is gone; newer scores are there; the bucket may not be written). Nothing is written then."""
    options = _parser().parse_args(arguments)
    use_case, target = load_use_case(options.use_case), load_target(options.target)
    use_mlflow(target.mlflow)
    try:
        moment = moment_of(options.date, datetime.now(UTC))
        asked = Asked(moment, options.model_version or None, options.override == "true")
        print(score(spark_session(target.catalog), use_case, target, asked))
    except NoChampionError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_NO_CHAMPION)
    except REFUSALS as error:
        print(f"refused: {error}", file=sys.stderr)
        sys.exit(EXIT_REFUSED)


def score(spark: "SparkSession", use_case: UseCase, target: Target, asked: Asked) -> str:
    """Score the night that was asked for; returns the sentence that says what was done."""
    repaired = alias.repair(
        mlflow.MlflowClient(), ledger_of(through_spark(spark), use_case), target.model_name(use_case)
    )
    tonight = night(use_case, asked.moment, published.publications(spark, use_case))
    version = find_version(spark, use_case, target, asked)
    if not asked.override:
        scores.require_no_newer(spark, use_case, version.version, tonight)
    scored = answers(spark, use_case, tonight, version)
    named = scored.selectExpr("*", f"'{version.version}' AS model_version")
    written, files = scores.replace(spark, _s3(), use_case, target, tonight.period, named)
    if str(version.version) == champion_then(spark, use_case, target, asked.moment):
        note_service(mlflow.MlflowClient(), version, asked.moment)
    return (
        f"{f'{repaired}{os.linesep}' if repaired else ''}"
        f"scored {written} {use_case.scored} as of {use_case.period.as_of(tonight.period)} with {version.name} "
        f"version {version.version}, features version {tonight.publication.features_version}\n"
        f"table={use_case.ml('scores')} files={files}"
    )


def answers(spark: "SparkSession", use_case: UseCase, tonight: Night, version: ModelVersion) -> "DataFrame":
    """What the version says of the night: keys, period, and the columns that `UseCase.answers` names."""
    if isinstance(use_case, RankingUseCase):
        from lakeloop.lifecycle.ranking.scoring import suggestions  # other kinds need not wait for it

        return suggestions(spark, use_case, tonight, version)
    assert isinstance(use_case, LabelledUseCase)
    return predictions(spark, use_case, tonight, version)


def predictions(
    spark: "SparkSession", use_case: LabelledUseCase, tonight: Night, version: ModelVersion
) -> "DataFrame":
    """A prediction for each row of the period, with its reasons."""
    packed, inputs, most_reasons = fetch(version, use_case.score.reasons)
    features = read_features(spark, use_case, tonight, version, inputs)
    rows = count(use_case, tonight, features)
    return score_frame(features, packed, use_case.keys, inputs, use_case.task.prediction, rows, most_reasons)


def find_version(spark: "SparkSession", use_case: UseCase, target: Target, asked: Asked) -> ModelVersion:
    """The version that was asked for, else the champion at that time. Raises NoChampionError and NightRefusedError."""
    client, model = mlflow.MlflowClient(), target.model_name(use_case)
    number = asked.version or champion_then(spark, use_case, target, asked.moment)
    if number is None:
        raise NoChampionError(
            f"model {model} had no champion at {asked.moment:%Y-%m-%d %H:%M} UTC: train and deploy one, then score"
        )
    found = registry.find_version(client, model, number)
    if found is None:
        raise NightRefusedError(
            f"model {model} has no version {number}; leave out --model-version for the champion"
        )
    return found


def champion_then(spark: "SparkSession", use_case: UseCase, target: Target, moment: datetime) -> str | None:
    """Today the alias says it, for earlier moments the ledger."""
    client, model = mlflow.MlflowClient(), target.model_name(use_case)
    if is_present(moment, datetime.now(UTC)):
        return alias.champion(client, model)
    return champion_at(ledger_of(through_spark(spark), use_case).rows(model), moment)


def fetch(version: ModelVersion, most_reasons: int) -> tuple[bytes, list[str], int]:
    """The model's files, packed, the features it was trained on (its signature, not today's table), and how many
    reasons each score gets: `most_reasons`, or 0 for a model that cannot be explained, which is said."""
    with TemporaryDirectory() as folder:
        uri = f"models:/{version.name}/{version.version}"
        files = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder))
        why_not = refusal(files) if most_reasons else None
        if why_not:
            print(f"scores get no reasons: version {version.version} of {version.name} is {why_not}")
        inputs = Model.load(files).get_input_schema().input_names()
        return pack(files), inputs, 0 if why_not else most_reasons


def read_features(
    spark: "SparkSession", use_case: UseCase, tonight: Night, version: ModelVersion, inputs: Sequence[str]
) -> "DataFrame":
    """The period's rows at the published version. Raises NightRefusedError when it is gone, or lacks a feature."""
    table, at = use_case.gold("features"), tonight.publication.features_version
    features = read_published(spark, table, at)
    present = features.columns
    missing = [name for name in [*use_case.keys, *inputs] if name not in present]
    if missing:
        raise NightRefusedError(
            f"version {version.version} of {version.name} needs {', '.join(missing)}, which version {at} of {table} "
            f"does not have. Bring the column back in the dbt model, or train a successor that does without: "
            f'trigger {use_case.name}_train with {{"force": true}}.'
        )
    return features.where(f"{use_case.period.column} = {use_case.period.literal(tonight.period)}")


def count(use_case: UseCase, tonight: Night, features: "DataFrame") -> int:
    """How many rows there are to score. Raises NightRefusedError when they are gone, or fewer than `score.min_rows`."""
    table, at = use_case.gold("features"), tonight.publication.features_version
    with needing(table, at, f"which the night of {use_case.period.as_of(tonight.period)} is scored from"):
        rows = features.count()
    require_rows(use_case, tonight, rows)
    return rows


def _s3():  # type: ignore[no-untyped-def]
    return boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def _asked(text: str) -> date | datetime:
    try:
        return asked_for(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{error}; expected a date or a moment with its time zone"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="score", description=__doc__)
    parser.add_argument("--use-case", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument(
        "--date", required=True, type=_asked, help="YYYY-MM-DD (its end, UTC) or YYYY-MM-DDTHH:MM+00:00"
    )
    parser.add_argument("--model-version", default="", help="default: the champion at that time")
    parser.add_argument(
        "--override", choices=("true", "false"), default="false", help="also replace scores of a later night"
    )
    return parser


if __name__ == "__main__":
    main()
