"""Scores in another process with the same versions and weights as a server's workers, without HTTP."""

import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType

import numpy as np

from .counters.board import Board
from .models.version import Version
from .repository.repository import Repository
from .repository.served import ServedModel
from .state.folder import StateFolder
from .state.following import Following
from .state.members import Taken, own_counters


class Follower:
    """Follows the state folder of a server: it has taken every change of traffic before the call for it returns.

    A context. Each call sees one generation, and is counted in the server's metrics, a request for each row; they may
    come from several threads, but then a count may be lost. Raises StateError when the state cannot be read.

    Args:
        state: the server's ``--state``.
        name: what the server calls this process where it speaks of it.
    """

    def __init__(self, state: Path, name: str = "follower") -> None:
        self._repository, folder = Repository(), StateFolder(Path(state))
        self._board = Board(folder.counters / own_counters(Taken(name, "follower", os.getpid())))
        self._following = Following(folder, self._repository, "follower", name)

    def features(self, model: str) -> tuple[str, ...]:
        """The names of the columns of a matrix. Raises RefusedError: 404 unknown, 503 no version takes traffic."""
        return self._repository.model(model).main().features.names

    def route(self, model: str, key: str | int | None) -> str:
        """The version that scores a key; without one, any by weight. Raises RefusedError."""
        return self._repository.model(model).chosen(key).number

    def score(
        self, model: str, keys: Sequence[str | int | None], matrix: np.ndarray
    ) -> tuple[list[str], np.ndarray]:
        """The version of each row, and its scores, float32 [rows] or [rows, classes].

        Args:
            keys: of each row, as a request's `sticky_key`.
            matrix: float32 [rows, features] in the order of `features`, NaN where a value is missing.

        Raises RefusedError as `features` does, ValueError for a matrix that does not fit.
        """
        served = self._repository.model(model)
        if len(keys) != len(matrix):
            raise ValueError(f"{len(keys)} keys for {len(matrix)} rows of {model!r}, expected one for each")
        chosen = [served.chosen(key) for key in keys]
        used = {version.number: version for version in chosen} or {served.main().number: served.main()}
        for version in used.values():
            _check(served, version, matrix)
        numbers, begin = [version.number for version in chosen], perf_counter()
        try:
            scores = _scores(used, np.array(numbers), matrix)
        except Exception:
            if len(matrix) == 1:  # of more rows it is not known which fails; they come again one by one
                self._board.of(model, numbers[0]).answered(500, perf_counter() - begin)
            raise
        self._count(model, np.array(numbers), scores, perf_counter() - begin)
        return numbers, scores

    def explain(self, model: str, numbers: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        """What each feature adds to the raw score of a row by its version: float32 [rows, features].

        NaN where the version gives no reasons, or was unloaded since. Raises RefusedError for an unknown model.
        """
        ready = self._repository.model(model).ready
        parts, of = np.full(matrix.shape, np.nan, np.float32), np.array(numbers)
        for number in set(numbers) & set(ready):
            if (explain := ready[number].engine.explain) is not None:
                parts[of == number] = explain(matrix[of == number])
        return parts

    def shadows(
        self, model: str, matrix: np.ndarray, answers: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """What each shadow says of the rows, by version; one with other columns says nothing.

        Args:
            answers: the scores that were given to the rows; with them the differences are counted.

        Raises RefusedError as `features` does.
        """
        served = self._repository.model(model)
        names, numbers = served.main().features.names, served.route.shadows if served.route else ()
        versions = [served.version(number) for number in numbers]
        said = {
            version.number: version.score(matrix) for version in versions if version.features.names == names
        }
        for number in numbers:
            self._count_shadow(model, number, len(matrix), said.get(number), answers)
        return said

    def _count(self, model: str, numbers: np.ndarray, scores: np.ndarray, seconds: float) -> None:
        """Each row has waited for the whole batch, whichever version scored it."""
        for number in np.unique(numbers).tolist():
            block, rows = self._board.of(model, number), numbers == number
            block.answered(200, seconds, int(rows.sum()))
            block.scored(scores[rows])

    def _count_shadow(
        self, model: str, number: str, rows: int, said: np.ndarray | None, answers: np.ndarray | None
    ) -> None:
        block = self._board.of(model, number)
        if said is None:
            block.shadow_failed(rows)
            return
        alike = answers is not None and said.shape == answers.shape
        block.shadowed(np.abs(said - answers) if alike else None, rows)

    def close(self) -> None:
        """The server waits for this process no more."""
        self._following.close()

    def __enter__(self) -> "Follower":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check(served: ServedModel, version: Version, matrix: np.ndarray) -> None:
    expected = served.main().features.names
    if version.features.names != expected:
        raise ValueError(
            f"version {version.number} of {served.name!r} has columns {list(version.features.names)}, "
            f"expected those of version {served.main().number}: {list(expected)}"
        )
    if matrix.ndim != 2 or matrix.shape[1] != len(expected):
        raise ValueError(f"a matrix of shape {list(matrix.shape)}, expected [rows, {len(expected)}]")


def _scores(used: dict[str, Version], numbers: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    if len(used) == 1:
        return next(iter(used.values())).score(matrix)
    parts = {number: numbers == number for number in used}
    scored = {number: used[number].score(matrix[rows]) for number, rows in parts.items()}
    first = next(iter(scored.values()))
    scores = np.empty((len(matrix), *first.shape[1:]), dtype=np.float32)
    for number, rows in parts.items():
        scores[rows] = scored[number]
    return scores
