"""Suggestions are read back from the run of the champion's version."""

from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from lakeloop.config import RankingUseCase, load_target, load_use_case
from lakeloop.lifecycle.ranking.examples import FILE
from lakeloop_stack.cli.run import _suggested
from lakeloop_stack.loop.suggestions import Suggested, suggestions

LOGGED: Any = [
    {"entity": "7", "asked_at_ms": 1, "suggested": ["A", "[b]"], "came": ["A"], "came_unsuggested": ["C"]}
]


@pytest.fixture
def recommend() -> RankingUseCase:
    use_case = load_use_case("recommend")
    assert isinstance(use_case, RankingUseCase)
    return use_case


def test_they_are_those_of_the_champion(recommend: RankingUseCase, tmp_path: Path) -> None:
    uri, target = f"sqlite:///{tmp_path}/mlflow.db", load_target("local")
    client, model = MlflowClient(uri), target.model_name(recommend)
    experiment = client.create_experiment("x", artifact_location=f"file://{tmp_path}/artifacts")
    client.create_registered_model(model)
    versions: tuple[Any, ...] = (LOGGED, [])
    for logged in versions:
        run = client.create_run(experiment)
        client.log_dict(run.info.run_id, logged, FILE)
        client.create_model_version(model, "file:///nowhere", run.info.run_id)
    client.set_registered_model_alias(model, "champion", "1")

    found = suggestions(recommend, target, {"MLFLOW_TRACKING_URI": uri})

    assert found == [Suggested("7", ["A", "[b]"], ["A"], ["C"])]


def test_without_a_champion_there_are_none(recommend: RankingUseCase, tmp_path: Path) -> None:
    with pytest.raises(MlflowException):
        suggestions(
            recommend, load_target("local"), {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db"}
        )


def test_what_came_is_set_off_and_what_looks_like_markup_is_text(recommend: RankingUseCase) -> None:
    rows = _suggested(recommend, [Suggested("7", ["A", "[b]"], ["A"], ["C"])])

    assert rows["household 7"] == "[bold green]A ✓[/], \\[b]\n1 more came that were not suggested"
