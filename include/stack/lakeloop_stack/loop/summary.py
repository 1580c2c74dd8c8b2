"""What a closed loop left behind, read from the stores themselves: MLflow, Delta, and the Parquet files in S3."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset
import pyarrow.fs
from deltalake import DeltaTable
from mlflow import MlflowClient

from lakeloop.config import Target, UseCase

from .decisions import RealTime
from .reaction import Reaction
from .suggestions import Suggested


class NoChampionError(RuntimeError):
    """No version is champion, or the champion carries no figures."""


class NoScoresError(RuntimeError):
    """Nothing was scored yet."""


@dataclass(frozen=True)
class Holdout:
    """The champion on the newest labelled periods, which its training never saw; metrics by name."""

    periods: str
    rows: int
    compared_by: str
    metrics: dict[str, float]
    baseline: dict[str, float]


@dataclass(frozen=True)
class Summary:
    """The content of ``var/summary.json``; times in seconds, memory in MiB."""

    use_case: str
    champion_version: str
    holdout: Holdout
    scored_rows: int
    scored_as_of: str
    scores_uri: str
    ledger_rows: int
    stages: dict[str, float]
    total_seconds: float
    peak_pss_mb: float
    real_time: RealTime | None = None
    suggestions: Sequence[Suggested] | None = None
    reaction: Reaction | None = None

    def write(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(path)


def summarise(
    use_case: UseCase,
    target: Target,
    env: Mapping[str, str],
    stages: dict[str, float],
    total_seconds: float,
    peak_pss_mb: float,
) -> Summary:
    """Read the results of the newest scored period back.

    Args:
        env: what ``lakeloop env`` exports; says where MLflow and S3 are.

    Raises:
        NoChampionError: there is no champion, or it carries no figures.
    """
    version, tags = champion_tags(env["MLFLOW_TRACKING_URI"], target.model_name(use_case))
    as_of = newest_scored(use_case, target, env)
    scores_uri = f"{target.scores_uri(use_case)}/{use_case.period.column}={as_of}/"
    return Summary(
        use_case=use_case.name,
        champion_version=version,
        holdout=_holdout(version, tags, use_case),
        scored_rows=parquet_rows(scores_uri, env),
        scored_as_of=as_of,
        scores_uri=scores_uri,
        ledger_rows=delta_rows(table_uri(target, use_case.ml("promotions")), env),
        stages={stage: round(seconds, 1) for stage, seconds in stages.items()},
        total_seconds=round(total_seconds, 1),
        peak_pss_mb=round(peak_pss_mb, 1),
    )


def has_champion(tracking_uri: str, model_name: str) -> bool:
    """Whether a version carries the alias ``champion``."""
    client = MlflowClient(tracking_uri)
    models = client.search_registered_models(f"name = '{model_name}'")
    return any("champion" in client.get_registered_model(model.name).aliases for model in models)


def champion_tags(tracking_uri: str, model_name: str) -> tuple[str, dict[str, str]]:
    """Version behind the alias ``champion``, and the tags that validation left on it."""
    client = MlflowClient(tracking_uri)
    version = client.get_registered_model(model_name).aliases.get("champion")
    if version is None:
        raise NoChampionError(
            f"Model {model_name} has no alias champion at {tracking_uri}: nothing was promoted."
        )
    return str(version), client.get_model_version(model_name, version).tags


def newest_scored(use_case: UseCase, target: Target, env: Mapping[str, str]) -> str:
    """The newest period with scores in S3. Raises NoScoresError when there is none."""
    folder = pyarrow.fs.FileSelector(_path(target.scores_uri(use_case)), allow_not_found=True)
    prefix = f"{use_case.period.column}="
    names = [info.base_name for info in _s3(env).get_file_info(folder) if info.base_name.startswith(prefix)]
    if not names:
        raise NoScoresError(f"{target.scores_uri(use_case)}: no folder {prefix}...; nothing was scored yet")
    return max(names).removeprefix(prefix)


def _holdout(version: str, tags: Mapping[str, str], use_case: UseCase) -> Holdout:
    compared_by = use_case.compared_by
    missing = {f"holdout_{compared_by}", f"baseline_{compared_by}", "holdout", "holdout_rows"} - set(tags)
    if missing:
        raise NoChampionError(
            f"Champion version {version} lacks the tags {sorted(missing)} of its validation."
        )
    return Holdout(
        periods=tags["holdout"],
        rows=int(float(tags["holdout_rows"])),
        compared_by=compared_by,
        metrics=_figures(use_case, tags, "holdout_"),
        baseline=_figures(use_case, tags, "baseline_"),
    )


def _figures(use_case: UseCase, tags: Mapping[str, str], prefix: str) -> dict[str, float]:
    """Metrics among the tags, by their names without the prefix."""
    names = [name for name in use_case.metrics if f"{prefix}{name}" in tags]
    return {name: float(tags[f"{prefix}{name}"]) for name in names}


def table_uri(target: Target, table: str) -> str:
    """Where Spark's warehouse keeps ``schema.table``: ``s3://<bucket>/warehouse/<catalog>__<schema>.db/<table>``."""
    schema, name = table.split(".")
    return f"s3://{target.bucket}/warehouse/{target.catalog}__{schema}.db/{name}"


def delta_rows(uri: str, env: Mapping[str, str]) -> int:
    """Rows of the current version of a Delta table, read without Spark."""
    return DeltaTable(uri, storage_options=_delta_options(env)).to_pyarrow_dataset().count_rows()


def parquet_rows(uri: str, env: Mapping[str, str]) -> int:
    """Rows of the Parquet files below a prefix."""
    return pyarrow.dataset.dataset(_path(uri), filesystem=_s3(env), format="parquet").count_rows()


def _path(uri: str) -> str:
    return uri.removeprefix("s3://").rstrip("/")


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
