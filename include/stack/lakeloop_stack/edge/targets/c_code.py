"""A booster as C: what TL2cgen generates, and a loop over rows around it."""

import os
import subprocess
import tempfile
from pathlib import Path

import xgboost

from ...reproduction.tools import cached_environment
from ..errors import ExportError
from .trees import trees_of

LOCK = Path(__file__).with_name("tl2cgen.txt")
GENERATOR = Path(__file__).with_name("generator.py")
ROWS = Path(__file__).with_name("rows.c")
TAIL = 15


def c_files(booster: xgboost.Booster, rounds: int, cache: Path | None = None) -> dict[str, bytes]:
    """The sources by name: ``model.c`` and ``header.h`` by TL2cgen, ``rows.c``.

    Its environment is made once for each lock, in the user's cache. Raises ExportError for a booster that is no sum of
    trees with one answer, and with what the generator said; ReproductionError where the environment cannot be made.
    """
    trees_of(booster, rounds)  # says what is wrong in words of ours
    program = cached_environment(LOCK, cache or _cache()) / "bin" / "python"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "model.json"
        (booster[:rounds] if rounds else booster).save_model(model)
        _generate(program, model, folder / "c")
        return {
            "model.c": (folder / "c" / "main.c").read_bytes(),
            "header.h": (folder / "c" / "header.h").read_bytes(),
            "rows.c": ROWS.read_bytes(),
        }


def _generate(program: Path, model: Path, folder: Path) -> None:
    command = [str(program), "-I", str(GENERATOR), str(model), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise ExportError(f"TL2cgen ended with status {done.returncode}:\n{said}")


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lakeloop" / "tl2cgen"
