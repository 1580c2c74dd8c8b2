"""A candidate that was really trained and logged meets all checks at once."""

from pathlib import Path

import mlflow
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import checks, tracking
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.training import models
from tests.include.lakeloop.lifecycle.checks.world import FEATURES, evidence, history, refused

GROUPS = ["calibration", "leakage", "stability", "health", "serving", "budgets"]


def test_a_sound_candidate_passes_all_defaults_and_a_planted_future_column_is_refused(
    client: MlflowClient, tmp_path: Path
) -> None:
    leaky = history().assign(visits_to_come=history()["_state"].round(1))
    for frame, features, keys in (
        (history(), FEATURES, set()),
        (leaky, [*FEATURES, "visits_to_come"], {"gate.leakage.time_travel"}),
    ):
        asked = evidence(frame=frame, features=features)
        task, fit, early, train = (
            asked.use_case.task,
            asked.split.fit,
            asked.split.early_stopping,
            asked.split.train,
        )
        parts = [
            (
                contract.model_input(part.rows(frame), features),
                contract.labels(part.rows(frame), "gone", "binary"),
            )
            for part in (fit, early, train)
        ]
        trained = models.train(asked.use_case.models[0], task, *parts)
        with mlflow.start_run() as run:
            tracking.log_model(trained.final, "model", parts[0][0].head(5))
        path = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model", dst_path=str(tmp_path))
        model = mlflow.pyfunc.load_model(path)

        found = checks.run(evidence(model, frame=frame, features=features, folder=Path(path)))

        assert list(dict.fromkeys(check.group for check in found)) == GROUPS
        assert set(refused(found)) == keys
