"""A model comes back as it was, or not at all."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rankstream import Interaction, Model, ModelError, Recommender, State
from rankstream.folder import ABOUT, EXAMPLE, RANKER, STATISTICS, load, save, verified
from rankstream_testing import BEGIN


@pytest.fixture(scope="session")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "one"
    save(model, folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(saved, tmp_path / "one"))


def change(folder: Path, **values: object) -> None:
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | values))


def test_it_suggests_what_it_did(model: Model, saved: Path) -> None:
    state = State()
    Recommender(model).observe(state, Interaction("e", "g1i1", BEGIN, "g1"))

    again = load(saved)

    assert Recommender(again).suggest(state, BEGIN) == Recommender(model).suggest(state, BEGIN)
    assert (again.settings, again.until) == (model.settings, model.until)


def test_a_model_is_not_overwritten(model: Model, saved: Path) -> None:
    before = (saved / ABOUT).read_bytes()

    with pytest.raises(ModelError, match="is there already"):
        save(model, saved)

    assert (saved / ABOUT).read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("name", [ABOUT, STATISTICS, RANKER, EXAMPLE])
def test_a_file_that_is_missing_cut_or_changed_is_named(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for damaged in (content[:-1], content[: len(content) // 2], b"", b"\x00" + content[1:]):
        (folder / name).write_bytes(damaged)
        with pytest.raises(ModelError, match=name):
            load(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} cannot be read"):
        load(folder)


def test_another_format_or_other_features_are_refused(folder: Path) -> None:
    change(folder, format="rankstream-9")
    with pytest.raises(ModelError, match="has format 'rankstream-9'; this version reads 'rankstream-2'"):
        load(folder)
    change(folder, format="rankstream-2", features=["colour"])
    with pytest.raises(ModelError, match=r"other features than this version.*colour"):
        load(folder)


def test_parts_that_do_not_fit_each_other_are_refused(folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_text())
    change(folder, items=about["items"][:-1])
    with pytest.raises(ModelError, match="group_of does not fit"):
        load(folder)
    change(folder, items=about["items"][:-1], group_of=about["group_of"][:-1])
    with pytest.raises(ModelError, match="is not of the 39 items"):
        load(folder)


def test_nothing_in_it_is_a_pickle(folder: Path) -> None:
    with np.load(folder / STATISTICS, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fi" for name in arrays.files)


def test_a_saved_model_reproduces_its_example(saved: Path) -> None:
    assert verified(saved).until == load(saved).until


def test_names_that_were_exchanged_are_found(folder: Path) -> None:
    items = json.loads((folder / ABOUT).read_text())["items"]
    change(folder, items=items[::-1])

    with pytest.raises(ModelError, match=r"model\.json is not what was saved"):
        load(folder)
