"""``model.json``: what the exported model asks for, and what its features looked like when it was exported."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ModelError

FILE = "model.json"
FORMAT = 1


@dataclass(frozen=True)
class Distribution:
    """Of one number over the reference rows.

    Args:
        edges: inner edges of the bins, rising; a value belongs to the bin whose lower edge it reaches.
        counts: reference rows by bin, one more than edges.
        missing: reference rows without a value.
        lowest, highest: of the reference rows; what lies outside is out of range. None where all are missing.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class Feature:
    """A column of the model's matrix; `optional` says whether a row may come without a value."""

    name: str
    optional: bool
    reference: Distribution


@dataclass(frozen=True)
class Model:
    """What a folder holds.

    Args:
        name, version, run: as the registry calls them.
        target: ``onnx``, ``onnx-int8`` or ``c``.
        file: of the engine, within the folder.
        digest: sha256 of that file.
        score: distribution of the scores of the reference rows.
        content: of ``model.json``, for those who have to keep it.
    """

    folder: Path
    name: str
    version: str
    run: str
    target: str
    file: str
    digest: str
    features: tuple[Feature, ...]
    score: Distribution
    content: dict[str, Any]


def read_model(folder: Path) -> Model:
    """The model in `folder`, its file compared with its digest. Raises ModelError naming what is missing or differs."""
    content = _content(folder / FILE)
    try:
        model = model_of(folder, content)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / FILE}: {type(error).__name__} {error}; export the model anew") from None
    _check_digest(model)
    return model


def model_of(folder: Path, content: dict[str, Any]) -> Model:
    """The model that ``model.json`` describes. Raises KeyError, TypeError and ValueError."""
    features = tuple(
        Feature(one["name"], bool(one["optional"]), _distribution(one["reference"]))
        for one in content["features"]
    )
    plain = {name: str(content[name]) for name in ("name", "version", "run", "target", "file", "digest")}
    return Model(folder, **plain, features=features, score=_distribution(content["score"]), content=content)


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}; expected a folder of `lakeloop export`") from None
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise ModelError(f"{file} has format {found!r}, expected {FORMAT}: export the model anew")
    return dict(content)


def _distribution(content: dict[str, Any]) -> Distribution:
    edges, counts = tuple(map(float, content["edges"])), tuple(map(int, content["counts"]))
    if len(counts) != len(edges) + 1 or list(edges) != sorted(edges):
        raise ValueError(f"{len(counts)} bins with the edges {list(edges)}, expected rising edges, one fewer")
    lowest, highest = content["lowest"], content["highest"]
    return Distribution(edges, counts, int(content["missing"]), lowest, highest)


def _check_digest(model: Model) -> None:
    file = model.folder / model.file
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error}; copy the folder anew") from None
    if found != model.digest:
        raise ModelError(
            f"{file} has the sha256 {found}, expected {model.digest}: the file is not the one that was exported; "
            "copy the folder anew"
        )
