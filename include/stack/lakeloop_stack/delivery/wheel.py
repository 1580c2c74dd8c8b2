"""Builds the wheel with the jobs, without a network: its version and revision baked in, its requirements pinned."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from hashlib import sha256
from pathlib import Path

from ..machine.settings import ROOT
from .lock import pinned
from .revision import Revision, revision, source_files, tree_digest

FOLDERS = (
    "include/lakeloop",
    "include/features/eventfeatures",
    "include/recommender/rankstream",
    "include/use_cases",
    "include/sources",
    "jobs/lakeloop_jobs",
)
FILES = ("pyproject.toml", "README.md", "LICENSE")
LOCK = "requirements.txt"
BAKED = "include/lakeloop/_release.py"  # what lakeloop.lifecycle.session reads
# 1980-01-01, the first day that a zip file can name.
EPOCH = "315532800"
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


class WheelError(RuntimeError):
    """setuptools could not build the wheel; the message ends with what it said."""


def build_wheel(folder: Path, root: Path = ROOT, found: Revision | None = None) -> Path:
    """The wheel of the sources below `root`, kept in `folder`; the same sources give the same bytes."""
    found = found or revision(root)
    kept = folder / f"{found.version}-{tree_digest(root, (*FOLDERS, *FILES, LOCK))[:8]}"
    if not kept.exists():
        _build(root, kept, found)
    return next(kept.glob("*.whl"))


def _build(root: Path, kept: Path, found: Revision) -> None:
    """Build in a copy: setuptools leaves traces beside the sources, and two builds at once would mix theirs."""
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=kept.parent) as name:
        copy, out = Path(name) / "sources", Path(name) / "out"
        out.mkdir()
        for file in source_files(root, FOLDERS + FILES):
            place = copy / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        _bake(copy, found, root / LOCK)
        command = [sys.executable, "-c", BUILD, str(out)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise WheelError(f"The wheel could not be built:\n{(done.stdout + done.stderr)[-2000:]}")
        out.rename(kept)


def _bake(copy: Path, found: Revision, lock: Path) -> None:
    """Write version, revision, the lock's hash and pins into the copy that is built."""
    said = {"VERSION": found.version, "REVISION": found.name, "LOCK": sha256(lock.read_bytes()).hexdigest()}
    lines = "".join(f'{name} = "{value}"\n' for name, value in said.items())
    (copy / BAKED).write_text(f'"""Made when the wheel was built."""\n\n{lines}', encoding="utf-8")
    file = copy / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    declared = tomllib.loads(text)["project"]["dependencies"]
    lines = "".join(f'  "{requirement}",\n' for requirement in pinned(declared, lock))
    text = _replaced(text, r'^version = "[^"]*"$', f'version = "{found.version}"')
    file.write_text(
        _replaced(text, r"^dependencies = \[\n.*?^\]$", f"dependencies = [\n{lines}]"), encoding="utf-8"
    )


def _replaced(text: str, pattern: str, by: str) -> str:
    changed, times = re.subn(pattern, lambda _: by, text, count=1, flags=re.MULTILINE | re.DOTALL)
    if times != 1:
        raise WheelError(f"pyproject.toml has no line that matches {pattern}")
    return changed
