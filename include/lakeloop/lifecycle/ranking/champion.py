"""The present champion, as far as it can be compared with."""

import tempfile
from pathlib import Path

import mlflow
from mlflow.tracking import MlflowClient

import rankstream
from lakeloop.config import RankingUseCase
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.evaluation.advantage import advantage_of
from lakeloop.lifecycle.evaluation.gate import Champion
from lakeloop.lifecycle.ranking.logged import model_in
from lakeloop.lifecycle.ranking.split import Parts


def champion(
    client: MlflowClient, use_case: RankingUseCase, model: str, parts: Parts
) -> tuple[Champion, rankstream.Model | None]:
    """What the gate is told of it, and its model; none while there is no champion, or when this version of the package
    cannot read it. Raises UnreadableVersionError when its files are gone."""
    version = registry.champion_version(client, model)
    if version is None:
        return Champion(None), None
    number = str(version.version)
    # nothing is asked of a period that it has learnt from, so that its own periods may reach up to the holdout
    advantage = advantage_of(number, version.tags, parts.holdout, 0)
    try:
        return Champion(number, (), advantage), model_of(version.name, number)
    except rankstream.ModelError as error:
        return Champion(number, (f"another version of rankstream: {error}",), advantage), None


def model_of(name: str, number: str) -> rankstream.Model:
    """The model of a registered version. Raises ModelError, and UnreadableVersionError when its files are gone."""
    with tempfile.TemporaryDirectory() as place:
        try:
            files = mlflow.artifacts.download_artifacts(
                artifact_uri=f"models:/{name}/{number}", dst_path=place
            )
        except Exception as error:  # each store has errors of its own
            raise registry.UnreadableVersionError(
                f"version {number} of {name} cannot be read: {error}"
            ) from error
        return model_in(Path(files))
