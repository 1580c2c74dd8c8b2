"""A version takes traffic only when it is proven to answer as it did in training."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
import yaml

from oipscorer.errors import UnusableModelError
from oipscorer.models.loading import load_version
from oipscorer_testing.models import BINARY, expected, frame, save, saved, trained


@pytest.fixture
def folder(tmp_path: Path, folders: Path, boosters: dict[str, xgb.Booster]) -> Path:
    """A copy of a good folder, to be spoilt."""
    return Path(shutil.copytree(folders / "churn-1", tmp_path / "model"))


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes MLmodel."""
    file = folder / "MLmodel"
    content = yaml.safe_load(file.read_text())
    change(content)
    file.write_text(yaml.safe_dump(content))


def without(*path: str) -> Callable[[Path], None]:
    """Takes a field out of MLmodel."""

    def change(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return lambda folder: edit(folder, change)


def signature(inputs: list[dict[str, Any]]) -> Callable[[Path], None]:
    """Replaces the signature's inputs."""
    return lambda folder: edit(folder, lambda content: content["signature"].update(inputs=json.dumps(inputs)))


def other_answers(folder: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["metadata"]["example_answers"][2] += 0.001

    edit(folder, change)


def fewer_answers(folder: Path) -> None:
    edit(folder, lambda content: content["metadata"]["example_answers"].pop())


def outside(folder: Path) -> None:
    (folder.parent / "model.ubj").write_bytes((folder / "model.ubj").read_bytes())
    edit(folder, lambda content: content["flavors"]["xgboost"].update(data="../model.ubj"))


def other_columns(folder: Path) -> None:
    """A feature is called differently everywhere but in the booster."""
    for file in (folder / "MLmodel", folder / "input_example.json"):
        file.write_text(file.read_text().replace('"amount"', '"a"'))


def column(name: str | None, kind: str = "double") -> dict[str, Any]:
    return {"type": kind, "name": name} if name else {"type": kind}


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no MLmodel": (
        lambda f: (f / "MLmodel").unlink(),
        "No such file or directory; expected a folder that MLflow wrote",
    ),
    "no YAML": (lambda f: (f / "MLmodel").write_text("{"), "MLmodel cannot be read"),
    "no flavor": (without("flavors", "xgboost"), "has no flavor 'xgboost' or 'onnx'"),
    "no model": (lambda f: (f / "model.ubj").unlink(), "names 'model.ubj', expected a file in that folder"),
    "outside": (outside, "names '../model.ubj', expected a file in that folder"),
    "cut model": (
        lambda f: (f / "model.ubj").write_bytes((f / "model.ubj").read_bytes()[:999]),
        "XGBoost cannot read",
    ),
    "empty model": (
        lambda f: (f / "model.ubj").write_bytes(b""),
        "reading it ended the process that tried it by SIGABRT",
    ),
    "junk model": (lambda f: (f / "model.ubj").write_bytes(b"junk" * 99), "XGBoost cannot read the model"),
    "no signature": (without("signature"), "has no signature of its inputs"),
    "tensor signature": (signature([column(None)]), "input 0 of the signature has no name"),
    "text column": (
        signature([column("zip", "string")]),
        "'zip' of the signature is of type 'string', expected one of",
    ),
    "other columns": (
        other_columns,
        "the signature's columns are ['a', 'visits', 'member', 'share'], expected the booster",
    ),
    "no example": (without("saved_input_example_info"), "has no input example"),
    "cut example": (
        lambda f: (f / "input_example.json").write_text("{"),
        "input_example.json cannot be read",
    ),
    "no answers": (without("metadata"), "there are no recorded predictions to verify the model by"),
    "other answers": (
        other_answers,
        "up to 0.001 from its recorded predictions, allowed is 1e-06 + 1e-05 of each",
    ),
    "fewer answers": (fewer_answers, "answers of shape [5] to its input example, recorded is [4]"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_cannot_be_verified_is_refused_with_its_reason(folder: Path, name: str) -> None:
    spoil, said = SPOILT[name]
    spoil(folder)

    with pytest.raises(UnusableModelError) as error:
        load_version("churn", "1", folder, missing=False)

    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("at", [5, 300, 1500, 3000])
def test_a_flipped_byte_is_refused_or_changes_no_answer(folder: Path, booster: xgb.Booster, at: int) -> None:
    """Whatever a disk does to a model: it is refused, or it answers to its example as before."""
    content = bytearray((folder / "model.ubj").read_bytes())
    content[at % len(content)] ^= 0x10
    (folder / "model.ubj").write_bytes(content)

    try:
        version = load_version("churn", "1", folder, missing=False)
    except UnusableModelError:
        return
    rows = frame().head(5)
    assert np.allclose(version.score(rows.to_numpy("float32")), expected(booster, rows), rtol=1e-5, atol=1e-6)


def test_a_model_of_scikit_learn_answers_with_its_best_trees(tmp_path: Path) -> None:
    data = frame()
    model = xgb.XGBRegressor(n_estimators=50, early_stopping_rounds=2, learning_rate=1.0)
    noise = np.random.default_rng(0).normal(size=len(data))
    model.fit(data[:100], noise[:100], eval_set=[(data[100:], noise[100:])], verbose=False)
    assert model.best_iteration < model.get_booster().num_boosted_rounds() - 1
    save(model, tmp_path / "model", data.head(5), answers=model.predict(data.head(5)))

    version = load_version("spend", "1", tmp_path / "model", missing=False)

    assert np.allclose(version.score(data.to_numpy("float32")), model.predict(data))


def test_a_booster_of_unnamed_columns_is_refused(tmp_path: Path) -> None:
    data = frame()
    unnamed = xgb.train(BINARY, xgb.DMatrix(data.to_numpy("float32"), label=data["member"]), 3)
    rows = data.head(5)
    save(unnamed, tmp_path / "model", rows, answers=unnamed.predict(xgb.DMatrix(rows.to_numpy("float32"))))

    with pytest.raises(UnusableModelError, match="expected the booster's features None"):
        load_version("churn", "1", tmp_path / "model", missing=False)


def test_missing_values_are_scored_where_they_are_allowed(tmp_path: Path) -> None:
    data = frame().astype("float64")
    data.loc[::3, "amount"] = np.nan
    booster = trained(data.fillna(0))
    save(booster, tmp_path / "model", data.head(5))

    version = load_version("churn", "1", tmp_path / "model", missing=True)

    assert np.array_equal(version.score(data.to_numpy("float32")), expected(booster, data))


def test_the_answers_of_a_good_folder_are_the_boosters(folder: Path, tmp_path: Path) -> None:
    booster = saved(tmp_path / "json", model_format="json")

    version = load_version("churn", "7", tmp_path / "json", missing=False)

    assert version.features.names == ("amount", "visits", "member", "share")
    assert np.array_equal(version.score(frame().to_numpy("float32")), expected(booster, frame()))
