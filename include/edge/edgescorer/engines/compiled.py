"""A library compiled from the exported C, called through ctypes: no package is needed."""

import ctypes
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..errors import ModelError
from ..model import Model

LIBRARY = "model.so"
BUILD = "compile it on this machine: python -m edgescorer build --model FOLDER"
COMPILER = ("cc", "-O2", "-shared", "-fPIC", "-o")


class CompiledEngine:
    """Scores by ``score_rows`` of the library beside the exported C."""

    def __init__(self, model: Model) -> None:
        file = model.folder / LIBRARY
        try:
            library = ctypes.CDLL(str(file.resolve()))
        except OSError as error:
            raise ModelError(f"{file} cannot be loaded: {error}; {BUILD}") from None
        library.model_digest.restype = ctypes.c_char_p
        made_of = library.model_digest().decode()
        if made_of != model.digest:
            raise ModelError(
                f"{file} is made of a model with the sha256 {made_of}, not of {model.file}; {BUILD}"
            )
        self._score_rows = library.score_rows
        self._score_rows.restype = None
        self._width = len(model.features)

    def __call__(self, rows: Sequence[tuple[float, ...]]) -> list[float]:
        matrix = (ctypes.c_float * (len(rows) * self._width))(*(value for row in rows for value in row))
        scores = (ctypes.c_float * len(rows))()
        self._score_rows(matrix, ctypes.c_size_t(len(rows)), scores)
        return list(scores)


def build(model: Model) -> Path:
    """Compiles the C of `model` for this machine, whole or not at all. Raises ModelError with what `cc` said."""
    if model.target != "c":
        raise ModelError(f"{model.folder} is of target {model.target}, expected c: only C is compiled")
    sources = sorted(str(file) for file in model.folder.glob("*.c"))
    library, made = model.folder / LIBRARY, model.folder / f".{LIBRARY}"
    command = [*COMPILER, str(made), f'-DMODEL_DIGEST="{model.digest}"', *sources, "-lm"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise ModelError(f"there is no C compiler {COMPILER[0]!r} on this machine; install one") from None
    if done.returncode:
        raise ModelError(
            f"{' '.join(command[:2])} ended with status {done.returncode}: {done.stderr.strip()}"
        )
    made.replace(library)
    return library
