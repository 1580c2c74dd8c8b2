"""The lock as a Conda environment: ``make conda`` writes it, and a test keeps it true."""

import re
import sys
from pathlib import Path

from ..machine.settings import ROOT
from .lock import LOCKED

HEAD = """# Made by `make conda` from requirements.txt: the same versions for Conda. Do not edit.
name: lakeloop
channels: [conda-forge]
dependencies:
  - python={python}
  - pip
  - pip:
"""
COMPILED_FOR = re.compile(r"--python-version (\S+)")


class NoPythonError(ValueError):
    """A lock does not say for which Python it was made."""


def conda_file(lock: str) -> str:
    """The YAML with each pin of `lock`, the content of a requirements.txt. Raises NoPythonError."""
    python = COMPILED_FOR.search(lock)
    if python is None:
        raise NoPythonError(
            "the lock's head has no --python-version; make it with the command that was there"
        )
    pins = [f"{found['name']}=={found['version']}" for found in LOCKED.finditer(lock)]
    return HEAD.format(python=python[1]) + "".join(f"      - {pin}\n" for pin in pins)


def main() -> None:
    """Write it to the file that is named."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    Path(sys.argv[1]).write_text(conda_file(lock), encoding="utf-8")


if __name__ == "__main__":
    main()
