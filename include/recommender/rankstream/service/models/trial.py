"""Verifies a folder in a process of its own first: XGBoost aborts the process that reads some damaged files."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ...errors import ModelError
from ...folder import verified

SECONDS = 120  # a model that takes longer to be read and to answer its example is no model for real time
_PROGRAM = f"import oipscorer.lean; from {__name__} import main; main()"
_WRONG = 3  # exit code of a trial that found out what is wrong


def try_apart(folder: Path) -> None:
    """Raises ModelError where the model cannot be verified, or ends or outlasts the process that tries."""
    command = [sys.executable, "-c", _PROGRAM, str(folder)]
    paths = os.pathsep.join(filter(None, sys.path))
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=os.environ | {"PYTHONPATH": paths}
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"{folder} was not verified within {SECONDS} seconds") from None
    if done.returncode < 0:
        ended = signal.Signals(-done.returncode).name
        raise ModelError(f"{folder} is corrupt: reading it ended the process that tried it by {ended}")
    if done.returncode:
        said = done.stdout if done.returncode == _WRONG else f"the trial failed: {done.stderr[-500:]}"
        raise ModelError(said)


def main() -> None:
    """Prints why the folder of the first argument cannot be used and exits 3, or exits 0."""
    try:
        verified(Path(sys.argv[1]))
    except ModelError as error:
        print(error, end="")
        sys.exit(_WRONG)
