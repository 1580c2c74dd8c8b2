"""A model in MLflow: served as JSON it answers as it did in training, without this package or a pickle."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import rankstream
from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.ranking import logged, serving
from rankstream import Model, Recommender, folder
from rankstream.interactions import each, ordered
from rankstream.mlflow_model import folder_of

ASK = """
import json, sys, mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps(model.predict(pd.DataFrame(json.loads(sys.argv[2]))).to_dict("list")), "lakeloop" in sys.modules)
"""


def test_it_is_served_as_it_answered_in_training(files: Path, use_case: RankingUseCase) -> None:
    checks = list(serving.checks(use_case, files))

    assert [check.key for check in checks] == ["gate.serving.example", "gate.serving.packed_mib"]
    assert all(check.passed for check in checks)


def test_an_answer_that_changed_is_refused(files: Path, use_case: RankingUseCase) -> None:
    file = files / "MLmodel"
    answer = mlflow.pyfunc.load_model(str(files)).metadata.metadata["example_answers"][0]["scores"][0]
    text = file.read_text()
    assert str(answer) in text
    file.write_text(text.replace(str(answer), str(answer + 0.5)))

    [example, _] = serving.checks(use_case, files)

    assert not example.passed
    assert "at most 0.5 from what training said" in example.sentence


def test_a_damaged_model_is_refused(files: Path) -> None:
    [ranker] = files.rglob("ranker.ubj")
    ranker.write_bytes(ranker.read_bytes()[:-10])

    with pytest.raises(rankstream.ModelError, match="was changed or cut"):
        logged.model_in(files)


def test_a_model_of_another_kind_is_named(files: Path) -> None:
    file = files / "MLmodel"
    file.write_text(file.read_text().replace("rankstream.pyfunc", "mlflow.xgboost"))

    with pytest.raises(rankstream.ModelError, match=r"is loaded by mlflow\.xgboost"):
        logged.model_in(files)


def test_its_code_travels_with_it_and_holds_no_pickle(files: Path, tmp_path: Path) -> None:
    """Asked in a process that has neither this package nor rankstream on its path."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(files, moved)
    asked = {"items": [["g0i1"]], "groups": [["g0"]], "at": [[1_600_000_000_000]], "weights": [[1.0]]}
    asked |= {"now": [1_609_000_000_000]}
    command = [sys.executable, "-c", ASK, str(moved), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)

    answer, _, lakeloop = done.stdout.strip().splitlines()[-1].rpartition(" ")
    assert lakeloop == "False"
    assert len(json.loads(answer)["items"][0]) == 10
    assert not list(moved.rglob("*.pkl"))


def test_histories_lead_to_the_states_of_a_stream(candidate: Model, table: pd.DataFrame, files: Path) -> None:
    """Suggestions of a whole history in one row are those of a state that each interaction moved on."""
    recommender, now = Recommender(candidate), int(table["at"].max()) + 1
    own = ordered(table[table["entity"].isin(["e1", "e2"])])
    answers = mlflow.pyfunc.load_model(str(files)).predict(logged.histories(own, now))

    for entity in ("e1", "e2"):
        state = rankstream.State()
        for interaction in each(own[own["entity"] == entity]):
            recommender.observe(state, interaction)
        found = recommender.suggest(state, now)
        assert answers["items"][entity] == [one.item for one in found.items]
        assert answers["scores"][entity] == [one.score for one in found.items]


def test_the_service_of_suggestions_finds_the_model_in_it(files: Path, candidate: Model) -> None:
    assert folder.load(folder_of(files)).until == candidate.until


def test_a_history_that_cannot_be_is_named_with_its_row(files: Path) -> None:
    asked = pd.DataFrame(
        {
            "items": [["a"], ["b"]],
            "groups": [[""], [""]],
            "at": [[1], [1]],
            "weights": [[1.0], [0.0]],
            "now": [2, 2],
        }
    )

    with pytest.raises(
        rankstream.InteractionError, match=r"row 1: weight is 0\.0; expected a number above 0"
    ):
        mlflow.pyfunc.load_model(str(files)).predict(asked)
