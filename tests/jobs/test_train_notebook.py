"""The train notebook asks the DVC remote before anything else: what cannot be kept is not trained."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lakeloop.lifecycle.reproduction.remote import RemoteDownError

NOTEBOOK = Path(__file__).resolve().parents[2] / "jobs" / "notebooks" / "train.py"


def test_with_a_remote_that_is_down_nothing_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Spark nor MLflow is asked: there is none here."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "not-used")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # the port "discard": nothing listens
    for name in ("SPARK_REMOTE", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    given = {"use_case": "churn", "target": "local", "job_run_id": "1", "training_reason": "due"}
    widgets = SimpleNamespace(text=lambda name, default: None, get=given.__getitem__)

    with pytest.raises(
        RemoteDownError, match="the DVC remote s3://lakeloop/dvc cannot be listed, read and written"
    ):
        exec(
            compile(NOTEBOOK.read_text(encoding="utf-8"), NOTEBOOK, "exec"),
            {"dbutils": SimpleNamespace(widgets=widgets)},
        )

    assert list(tmp_path.iterdir()) == []
