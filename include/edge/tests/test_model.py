"""A folder is what its ``model.json`` says, or is refused by what differs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgescorer.errors import ModelError
from edgescorer.model import read_model


def test_a_model_is_read(model: Path) -> None:
    read = read_model(model)

    assert [feature.name for feature in read.features] == ["amount", "hour", "speed"]
    assert [feature.optional for feature in read.features] == [False, False, True]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.update(format=2), "has format 2, expected 1"),
        (lambda content: content.pop("features"), "KeyError 'features'; export the model anew"),
        (lambda content: content["features"][0].pop("name"), "KeyError 'name'"),
        (lambda content: content["score"]["edges"].reverse(), "expected rising edges"),
        (lambda content: content["score"]["counts"].pop(), "2 bins with the edges"),
        (lambda content: content.update(digest="0"), "expected 0: the file is not the one that was exported"),
        (lambda content: content.update(file="gone"), "gone cannot be read"),
    ],
)
def test_what_differs_is_named(model: Path, change: Callable[[dict[str, Any]], Any], said: str) -> None:
    file = model / "model.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))

    with pytest.raises(ModelError, match=said):
        read_model(model)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a folder of `lakeloop export`"):
        read_model(tmp_path)
