"""What a ranking's champion suggested to some entities of the holdout, and what they then came to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow import MlflowClient

from lakeloop.config import RankingUseCase, Target
from lakeloop.lifecycle.ranking.examples import FILE


@dataclass(frozen=True)
class Suggested:
    """`came` are those of `suggested` that the entity came to within the horizon, `besides` what nobody suggested."""

    entity: str
    suggested: Sequence[str]
    came: Sequence[str]
    besides: Sequence[str]


def suggestions(use_case: RankingUseCase, target: Target, env: Mapping[str, str]) -> list[Suggested]:
    """As the champion's validation logged them.

    Args:
        env: what ``lakeloop env`` exports; says where MLflow is.
    """
    client, model = MlflowClient(env["MLFLOW_TRACKING_URI"]), target.model_name(use_case)
    version = client.get_model_version_by_alias(model, "champion")
    with TemporaryDirectory() as folder:
        file = Path(client.download_artifacts(str(version.run_id), FILE, folder))
        logged = json.loads(file.read_text(encoding="utf-8"))
    return [
        Suggested(one["entity"], one["suggested"], one["came"], one["came_unsuggested"]) for one in logged
    ]
