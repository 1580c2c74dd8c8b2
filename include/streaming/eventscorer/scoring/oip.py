"""Scores with the models of oipscorer: of a folder, or by a server's traffic as it is at the moment of the call."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oipscorer.errors import RefusedError, UnusableModelError
from oipscorer.follower import Follower
from oipscorer.models.loading import load_version
from oipscorer.models.version import Version
from oipscorer.state.folder import StateError

from ..errors import ConfigError, NotReadyError


class FolderScorer:
    """One version, which stays."""

    def __init__(self, version: Version) -> None:
        self._version = version

    def columns(self) -> Sequence[str]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        return self._version.features.names

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        return [self._version.number] * len(keys), self._version.score(matrix)

    def explain(self, versions: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        explain = self._version.engine.explain
        return np.full(matrix.shape, np.nan, np.float32) if explain is None else explain(matrix)

    def shadows(self, matrix: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
        """None."""
        return {}


class TrafficScorer:
    """The versions that a server has taken into traffic: weights, a key's version and shadows are the server's."""

    def __init__(self, follower: Follower, model: str) -> None:
        self._follower, self._model = follower, model

    def columns(self) -> Sequence[str]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        try:
            return self._follower.features(self._model)
        except RefusedError as error:
            raise NotReadyError(str(error)) from error

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        try:
            return self._follower.score(self._model, keys, matrix)
        except RefusedError as error:
            raise NotReadyError(str(error)) from error

    def explain(self, versions: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        return self._follower.explain(self._model, versions, matrix)

    def shadows(self, matrix: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        return self._follower.shadows(self._model, matrix, answers)


def folder_scorer(name: str, number: str, folder: Path) -> FolderScorer:
    """The verified version of a folder. Raises ConfigError with the reason why it cannot be used."""
    try:
        return FolderScorer(load_version(name, number, folder, True))
    except UnusableModelError as error:
        raise ConfigError(f"model.folder: {folder} is refused: {error}") from error


def traffic_scorer(name: str, state: Path, member: str) -> TrafficScorer:
    """By the traffic of the server whose ``--state`` this is; `member` is its name for this process."""
    try:
        return TrafficScorer(Follower(state, member), name)
    except (StateError, OSError) as error:
        raise ConfigError(f"model.state: {error}") from error
