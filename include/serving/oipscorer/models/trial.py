"""Verifies a model in a process of its own first: XGBoost aborts the process that reads some cut or changed files."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from ..errors import UnusableModelError
from .material import Material
from .verification import verified

SECONDS = 120  # a model that takes longer to be read and to score its example is no model for real time
_PROGRAM = f"import oipscorer.lean; from {__name__} import main; main()"
_PACKAGES = str(Path(__file__).parents[2])


def try_apart(material: Material) -> None:
    """Raises UnusableModelError when the model cannot be verified, or ends or outlasts the process that tries."""
    command = [sys.executable, "-c", _PROGRAM]
    paths = os.pathsep.join([_PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            command,
            input=msgspec.msgpack.encode(material),
            capture_output=True,
            timeout=SECONDS,
            env=os.environ | {"PYTHONPATH": paths},
        )
    except subprocess.TimeoutExpired:
        raise UnusableModelError(f"the model was not verified within {SECONDS} seconds") from None
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise UnusableModelError(
            f"the model is corrupt: reading it ended the process that tried it by {name}"
        )
    if done.returncode:
        raise UnusableModelError(done.stdout.decode() or f"the trial failed: {done.stderr.decode()[-500:]}")


def main() -> None:
    """Reads the material from stdin; prints why it cannot be used and exits 1, or exits 0."""
    try:
        verified(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Material))
    except UnusableModelError as error:
        print(error, end="")
        sys.exit(1)
