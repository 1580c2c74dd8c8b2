"""What a closed loop left behind, read from the stores themselves: MLflow, Delta, and the Parquet files in S3."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset
import pyarrow.fs
from deltalake import DeltaTable
from mlflow import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop.config.use_case import Layer


class NoChampionError(RuntimeError):
    """No version is champion, or the champion carries no figures."""


@dataclass(frozen=True)
class Holdout:
    """The champion's figures on the last labelled weeks, which its training never saw."""

    auc: float
    average_precision: float
    baseline_auc: float
    weeks: str
    rows: int


@dataclass(frozen=True)
class Summary:
    """The content of ``var/summary.json``; times in seconds, memory in MiB."""

    use_case: str
    champion_version: str
    holdout: Holdout
    scored_rows: int
    scores_uri: str
    ledger_rows: int
    stages: dict[str, float]
    total_seconds: float
    peak_pss_mb: float

    def write(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(path)


def summarise(
    use_case: UseCase,
    target: Target,
    env: Mapping[str, str],
    night: str,
    stages: dict[str, float],
    total_seconds: float,
    peak_pss_mb: float,
) -> Summary:
    """Read the results of the night (``YYYY-MM-DD``) back.

    Args:
        env: what ``lakeloop env`` exports; says where MLflow and S3 are.

    Raises:
        NoChampionError: there is no champion, or it carries no figures.
    """
    version, tags = champion_tags(env["MLFLOW_TRACKING_URI"], target.model_name(use_case))
    scores_uri = f"{target.scores_uri(use_case)}/date={night}/"
    return Summary(
        use_case=use_case.name,
        champion_version=version,
        holdout=_holdout(version, tags),
        scored_rows=parquet_rows(scores_uri, env),
        scores_uri=scores_uri,
        ledger_rows=delta_rows(table_uri(use_case, target, "ml", "promotions"), env),
        stages={stage: round(seconds, 1) for stage, seconds in stages.items()},
        total_seconds=round(total_seconds, 1),
        peak_pss_mb=round(peak_pss_mb, 1),
    )


def champion_tags(tracking_uri: str, model_name: str) -> tuple[str, dict[str, str]]:
    """Version behind the alias ``champion``, and the tags that validation left on it."""
    client = MlflowClient(tracking_uri)
    version = client.get_registered_model(model_name).aliases.get("champion")
    if version is None:
        raise NoChampionError(
            f"Model {model_name} has no alias champion at {tracking_uri}: nothing was promoted."
        )
    return str(version), client.get_model_version(model_name, version).tags


def _holdout(version: str, tags: Mapping[str, str]) -> Holdout:
    missing = {
        "holdout_auc",
        "holdout_average_precision",
        "baseline_auc",
        "holdout_weeks",
        "holdout_rows",
    } - set(tags)
    if missing:
        raise NoChampionError(
            f"Champion version {version} lacks the tags {sorted(missing)} of its validation."
        )
    return Holdout(
        auc=float(tags["holdout_auc"]),
        average_precision=float(tags["holdout_average_precision"]),
        baseline_auc=float(tags["baseline_auc"]),
        weeks=tags["holdout_weeks"],
        rows=int(float(tags["holdout_rows"])),
    )


def table_uri(use_case: UseCase, target: Target, layer: Layer, table: str) -> str:
    """Where Spark's warehouse keeps a table: ``s3://<bucket>/warehouse/<schema>.db/<table>``."""
    return f"s3://{target.bucket}/warehouse/{use_case.schema(layer)}.db/{table}"


def delta_rows(uri: str, env: Mapping[str, str]) -> int:
    """Rows of the current version of a Delta table, read without Spark."""
    return DeltaTable(uri, storage_options=_delta_options(env)).to_pyarrow_dataset().count_rows()


def parquet_rows(uri: str, env: Mapping[str, str]) -> int:
    """Rows of the Parquet files below a prefix."""
    path = uri.removeprefix("s3://").rstrip("/")
    return pyarrow.dataset.dataset(path, filesystem=_s3(env), format="parquet").count_rows()


def _delta_options(env: Mapping[str, str]) -> dict[str, str]:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    return {name: env[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}


def _s3(env: Mapping[str, str]) -> Any:
    return pyarrow.fs.S3FileSystem(
        endpoint_override=env["AWS_ENDPOINT_URL"],
        access_key=env["AWS_ACCESS_KEY_ID"],
        secret_key=env["AWS_SECRET_ACCESS_KEY"],
        region=env["AWS_REGION"],
    )
