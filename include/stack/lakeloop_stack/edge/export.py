"""From a version to its folder, with what was measured on the way."""

import platform
from pathlib import Path
from typing import Any

import numpy as np

from edgescorer.engines import engine_of
from edgescorer.engines.compiled import build
from edgescorer.errors import EdgeError
from edgescorer.model import read_model

from .errors import ExportError
from .folder import REPORT, fill, size, write_json, written
from .measuring import as_answers, speeds
from .parity import checked
from .targets import C, Made, made
from .version import Original, Version


def export(version: Version, target: str, rows: np.ndarray, to: Path, force: bool = False) -> dict[str, Any]:
    """Writes the folder `to`, whole or not at all; returns what its ``report.json`` says.

    Args:
        rows: the reference, float64 [rows, features].
        force: replaces a folder that is there.

    Raises ExportError where the version cannot be exported, or does not answer as the original does.
    """
    with written(to, force) as folder:
        parts, original = made(version, target), Original(version)
        fill(folder, version, target, parts, rows, original(rows))
        try:
            exported = read_model(folder)
            if target == C:
                build(exported)
            score = engine_of(exported)
        except EdgeError as error:
            raise ExportError(str(error)) from error
        report = {
            "target": target,
            "parity": checked(version, target, as_answers(score), original, rows),
            "bytes": _sizes(version, parts, folder),
            "speed": speeds(score, original, rows),
            "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
            **parts.facts,
        }
        write_json(folder / REPORT, report)
    return report


def _sizes(version: Version, parts: Made, folder: Path) -> dict[str, int]:
    """Of the original's booster, of the file that scores (of C the library), of the whole folder."""
    library = folder / "model.so"
    scores = library if library.exists() else folder / parts.file
    return {"original": version.bytes, "exported": scores.stat().st_size, "folder": size(folder)}
