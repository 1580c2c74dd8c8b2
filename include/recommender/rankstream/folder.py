"""A model as a folder: ``model.json``, ``statistics.npz``, ``ranker.ubj`` and ``example.json``.

Reading runs nothing of it.
"""

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import xgboost as xgb
from msgspec import Struct
from msgspec.structs import replace

from .catalogue import Catalogue
from .errors import ModelError
from .example import Example, example_of, reproduce
from .features import NAMES
from .model import Model
from .settings import Settings
from .statistics import NAMES as ARRAYS
from .statistics import Statistics

FORMAT = "rankstream-2"
ABOUT, STATISTICS, RANKER, EXAMPLE = "model.json", "statistics.npz", "ranker.ubj", "example.json"


class About(Struct, frozen=True):
    """What model.json says."""

    format: str
    until: int
    settings: Settings
    features: list[str]
    items: list[str]
    groups: list[str]
    group_of: list[int]
    sha256: dict[str, str]  # of the other files, and of this one as it is without its own


def digest_of(about: About) -> str:
    """The SHA-256 that model.json has of itself."""
    others = {name: digest for name, digest in about.sha256.items() if name != ABOUT}
    return _digest(msgspec.json.encode(replace(about, sha256=others)))


def save(model: Model, folder: Path) -> None:
    """Write a model into a folder that is not there yet, whole or not at all.

    Raises:
        ModelError: the folder is there.
    """
    if folder.exists():
        raise ModelError(f"{folder} is there already; models are not overwritten, give another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        whole = Path(made) / "model"
        whole.mkdir()
        for name, content in _files(model).items():
            (whole / name).write_bytes(content)
        os.rename(whole, folder)


def load(folder: Path) -> Model:
    """The model of a folder.

    Raises:
        ModelError: a file is missing, was changed, is of another format or does not fit the others or this version.
    """
    about = _about(folder)
    contents = {name: _checked(folder / name, about) for name in (STATISTICS, RANKER, EXAMPLE)}
    catalogue = Catalogue(about.items, about.groups, np.array(about.group_of, dtype=np.int32))
    known = _statistics(folder / STATISTICS, contents[STATISTICS], len(catalogue))
    _is_whole(about, folder / ABOUT)
    return Model(about.settings, catalogue, known, _ranker(folder, contents[RANKER]), about.until)


def verified(folder: Path) -> Model:
    """The model of a folder, which gives the answers that were recorded when it was saved.

    Raises:
        ModelError: as `load`, or it answers its example in another way.
    """
    model = load(folder)
    try:
        example = msgspec.json.decode(_read(folder / EXAMPLE), type=Example)
    except msgspec.MsgspecError as error:
        raise ModelError(f"{folder / EXAMPLE}: {error}; fit and save the model again") from error
    reproduce(model, example)
    return model


def _files(model: Model) -> dict[str, bytes]:
    arrays = io.BytesIO()
    np.savez_compressed(arrays, **{name: getattr(model.known, name) for name in ARRAYS})
    files = {STATISTICS: arrays.getvalue(), RANKER: bytes(model.ranker.save_raw("ubj"))}
    files[EXAMPLE] = msgspec.json.encode(example_of(model))
    catalogue = model.catalogue
    about = About(
        format=FORMAT,
        until=model.until,
        settings=model.settings,
        features=list(NAMES),
        items=catalogue.items,
        groups=catalogue.groups,
        group_of=catalogue.group_of.tolist(),
        sha256={name: _digest(content) for name, content in files.items()},
    )
    whole = replace(about, sha256=about.sha256 | {ABOUT: digest_of(about)})
    return files | {ABOUT: msgspec.json.encode(whole)}


def _about(folder: Path) -> About:
    content = _read(folder / ABOUT)
    try:
        about = msgspec.json.decode(content, type=About)
    except msgspec.MsgspecError as error:
        raise ModelError(f"{folder / ABOUT}: {error}; fit and save the model again") from error
    if about.format != FORMAT:
        raise ModelError(f"{folder / ABOUT} has format {about.format!r}; this version reads {FORMAT!r}")
    if about.features != list(NAMES):
        other = sorted(set(about.features) ^ set(NAMES)) or "their order"
        raise ModelError(
            f"{folder / ABOUT} has other features than this version: {other}; fit the model again"
        )
    groups = set(about.group_of)
    if len(about.group_of) != len(about.items) or not groups <= set(range(-1, len(about.groups))):
        raise ModelError(f"{folder / ABOUT}: group_of does not fit its items and groups; fit the model again")
    return about


def _is_whole(about: About, file: Path) -> None:
    if about.sha256.get(ABOUT) != digest_of(about):
        raise ModelError(
            f"{file} is not what was saved: its own SHA-256 is another; fit and save the model again"
        )


def _checked(file: Path, about: About) -> bytes:
    content, expected = _read(file), about.sha256.get(file.name)
    if _digest(content) != expected:
        raise ModelError(
            f"{file} has SHA-256 {_digest(content)}; {ABOUT} says {expected}: it was changed or cut"
        )
    return content


def _statistics(file: Path, content: bytes, items: int) -> Statistics:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        missing = set(ARRAYS) - set(arrays.files)
        if missing:
            raise ModelError(f"{file} lacks {', '.join(sorted(missing))}; fit and save the model again")
        known = Statistics(**{name: arrays[name] for name in ARRAYS})
    wrong = [name for name in ARRAYS if len(getattr(known, name)) != items]
    if wrong:
        raise ModelError(f"{file}: {', '.join(wrong)} is not of the {items} items of {ABOUT}")
    return known


def _ranker(folder: Path, content: bytes) -> xgb.Booster:
    ranker = xgb.Booster()
    try:
        ranker.load_model(bytearray(content))
    except xgb.core.XGBoostError as error:
        raise ModelError(f"{folder / RANKER} is no model of XGBoost: {str(error)[:200]}") from error
    if ranker.num_features() != len(NAMES):
        raise ModelError(f"{folder / RANKER} takes {ranker.num_features()} features; expected {len(NAMES)}")
    return ranker


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}; it is part of a saved model") from error


def _digest(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()
