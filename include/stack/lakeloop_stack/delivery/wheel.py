"""Builds the wheel with the jobs, without a network; the same sources give the same bytes."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..machine.settings import ROOT
from .revision import source_files, tree_digest

FOLDERS = ("include/lakeloop", "include/sources", "include/use_cases", "jobs/lakeloop_jobs")
FILES = ("pyproject.toml", "README.md", "LICENSE")
# 1980-01-01, the first day that a zip file can name.
EPOCH = "315532800"
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


class WheelError(RuntimeError):
    """setuptools could not build the wheel; the message ends with what it said."""


def build_wheel(folder: Path, root: Path = ROOT) -> Path:
    """The wheel of the sources below `root`, kept in `folder`; built anew only when they have changed."""
    digest = tree_digest(root, FOLDERS + FILES)
    kept = folder / digest[:16]
    if not kept.exists():
        _build(root, kept)
    return next(kept.glob("*.whl"))


def _build(root: Path, kept: Path) -> None:
    """Build in a copy: setuptools leaves traces beside the sources, and two builds at once would mix theirs."""
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=kept.parent) as name:
        copy, out = Path(name) / "sources", Path(name) / "out"
        out.mkdir()
        for file in source_files(root, FOLDERS + FILES):
            place = copy / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        command = [sys.executable, "-c", BUILD, str(out)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise WheelError(f"The wheel could not be built:\n{(done.stdout + done.stderr)[-2000:]}")
        out.rename(kept)
