"""Whatever is wrong with a folder, what answers goes on."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from rankstream import ModelError
from rankstream.folder import ABOUT, RANKER
from rankstream.service.models.serving import Serving


def cut_with_a_right_checksum(folder: Path) -> None:
    """XGBoost aborts the process that reads some of these, and refuses others."""
    content = (folder / RANKER).read_bytes()[:2000]
    (folder / RANKER).write_bytes(content)
    about = json.loads((folder / ABOUT).read_text())
    about["sha256"][RANKER] = sha256(content).hexdigest()
    (folder / ABOUT).write_text(json.dumps(about))


def other_states(folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_text())
    about["settings"]["visit_gap_minutes"] = 45
    (folder / ABOUT).write_text(json.dumps(about))


@pytest.fixture(scope="module")
def serving(saved: Path) -> Serving:
    made = Serving()
    made.take("1", saved)
    return made


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_with_a_right_checksum, "ranker.ubj is no model|corrupt: reading it ended the process"),
        (other_states, "version 2 keeps states with other settings than version 1"),
    ],
)
def test_a_folder_that_cannot_be_taken(
    serving: Serving, saved: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    damaged, before = Path(shutil.copytree(saved, tmp_path / "two")), serving.current
    damage(damaged)

    with pytest.raises(ModelError, match=said):
        serving.take("2", damaged)

    assert serving.current is before
    assert serving.kept == ["1"]


def test_only_the_version_before_is_stepped_back_to(serving: Serving, saved: Path) -> None:
    serving.take("2", saved)

    assert not serving.step_back("3")
    assert serving.step_back("1")
    assert (serving.require().number, serving.kept) == ("1", ["1", "2"])
