"""The folder of an export: model, what the runner has to know of it, the runner itself, and how to use them."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import edgescorer
from edgescorer.model import FILE, FORMAT

from .errors import ExportError
from .reference import distribution
from .targets import Made
from .version import Version

README = Path(__file__).with_name("README.export.md")
REPORT = "report.json"


@contextmanager
def written(to: Path, force: bool) -> Iterator[Path]:
    """A folder to be filled, which becomes `to` at the end, or vanishes with an error. Raises ExportError for `to`."""
    if to.exists() and not force:
        raise ExportError(f"{to} is there already; name another with --to, or replace it with --force")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as place:
        made = Path(place) / "made"
        made.mkdir()
        yield made
        if to.exists():
            to.rename(Path(place) / "replaced")
        made.rename(to)


def fill(
    folder: Path, version: Version, target: str, made: Made, rows: np.ndarray, scores: np.ndarray
) -> None:
    """Model, ``model.json``, runner and README.

    Args:
        rows, scores: of the reference, [rows, features] and [rows].
    """
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    write_json(folder / FILE, _description(version, target, made, rows, scores))
    package = Path(edgescorer.__file__).parent
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    text = README.read_text(encoding="utf-8")
    filled = text.format(name=version.name, number=version.number, run=version.run, target=target)
    (folder / "README.md").write_text(filled, encoding="utf-8")


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Readable by a person, too."""
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _description(
    version: Version, target: str, made: Made, rows: np.ndarray, scores: np.ndarray
) -> dict[str, Any]:
    optional = np.isnan(rows).any(axis=0) | np.isnan(version.example).any(axis=0)
    return {
        "format": FORMAT,
        "name": version.name,
        "version": version.number,
        "run": version.run,
        "target": target,
        "file": made.file,
        "digest": hashlib.sha256(made.files[made.file]).hexdigest(),
        "features": [
            {
                "name": name,
                "type": "double",
                "optional": bool(may),
                "reference": distribution(rows[:, column]),
            }
            for column, (name, may) in enumerate(zip(version.features, optional, strict=True))
        ],
        "score": distribution(scores),
    }
