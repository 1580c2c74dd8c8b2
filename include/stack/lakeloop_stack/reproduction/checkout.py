"""The files of a revision, in a folder of their own."""

import subprocess
import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from .version import ReproductionError

LOCK = "requirements.txt"
ENTRY = "jobs/lakeloop_jobs/retrain.py"


def check_out(root: Path, revision: str, folder: Path) -> str:
    """Write the files of commit `revision` of the repository at `root` to `folder`; returns the commit's full name.

    Raises ReproductionError when the repository does not hold the commit, or when its code cannot train from a
    snapshot.
    """
    if _git(root, "cat-file", "-e", f"{revision}^{{commit}}").returncode:
        raise ReproductionError(
            f"the repository {root} holds no commit {revision}; fetch it (git fetch --all), or run this in the "
            "repository that the version was deployed from"
        )
    archive = _git(root, "archive", "--format=tar", revision)
    if archive.returncode:
        raise ReproductionError(f"git archive {revision} failed: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    if not (folder / ENTRY).exists():
        raise ReproductionError(f"commit {revision} has no {ENTRY}: its code cannot train from a snapshot")
    return _git(root, "rev-parse", f"{revision}^{{commit}}").stdout.decode().strip()


def lock_hash(folder: Path) -> str:
    """SHA-256 (hex) of the lock of a checkout."""
    return sha256((folder / LOCK).read_bytes()).hexdigest()


def _git(root: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True)
