"""Whatever is wrong with a folder, what answers goes on."""

import dataclasses
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from rankstream import Model, ModelError
from rankstream.folder import ABOUT, RANKER, About, digest_of, save
from rankstream.service.models.serving import Serving


def cut_with_right_checksums(model: Model, folder: Path) -> None:
    """XGBoost aborts the process that reads some of these, and refuses others."""
    save(model, folder)
    content = (folder / RANKER).read_bytes()[:2000]
    (folder / RANKER).write_bytes(content)
    about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    about = replace(about, sha256=about.sha256 | {RANKER: sha256(content).hexdigest()})
    about = replace(about, sha256=about.sha256 | {ABOUT: digest_of(about)})
    (folder / ABOUT).write_bytes(msgspec.json.encode(about))


def other_states(model: Model, folder: Path) -> None:
    save(dataclasses.replace(model, settings=replace(model.settings, visit_gap_minutes=45)), folder)


@pytest.fixture(scope="module")
def serving(saved: Path) -> Serving:
    made = Serving()
    made.take("1", saved, apart=False)
    return made


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_with_right_checksums, "ranker.ubj is no model|corrupt: reading it ended the process"),
        (other_states, "version 2 keeps states with other settings than version 1"),
    ],
)
def test_a_folder_that_cannot_be_taken(
    serving: Serving, model: Model, tmp_path: Path, damage: Callable[[Model, Path], None], said: str
) -> None:
    damaged, before = tmp_path / "two", serving.current
    damage(model, damaged)

    with pytest.raises(ModelError, match=said):
        serving.take("2", damaged)

    assert serving.current is before
    assert serving.kept == ["1"]


def test_only_the_version_before_is_stepped_back_to(serving: Serving, saved: Path) -> None:
    serving.take("2", saved, apart=False)

    assert not serving.step_back("3")
    assert serving.step_back("1")
    assert (serving.require().number, serving.kept) == ("1", ["1", "2"])
