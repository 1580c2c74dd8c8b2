"""Scores with the models of oipscorer: verified before they are used, and chosen by key as its server chooses."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from oipscorer.errors import RefusedError
from oipscorer.repository.repository import Repository
from oipscorer.repository.served import ServedModel
from oipscorer.repository.sources import Source

from ..config import Model
from ..errors import ConfigError


class OipScorer:
    """One model of a repository, with its traffic as it is at the moment of the call."""

    def __init__(self, model: ServedModel) -> None:
        self._model = model
        self.columns = model.main().features.names

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        chosen = [self._model.chosen(key) for key in keys]
        rows = defaultdict(list)
        for row, version in enumerate(chosen):
            rows[version.number].append(row)
        if len(rows) == 1:
            return [version.number for version in chosen], chosen[0].score(matrix)
        return [version.number for version in chosen], self._by_version(rows, matrix)

    def _by_version(self, rows: dict[str, list[int]], matrix: np.ndarray) -> np.ndarray:
        parts = {number: self._model.version(number).score(matrix[own]) for number, own in rows.items()}
        first = next(iter(parts.values()))
        scores = np.empty((len(matrix), *first.shape[1:]), first.dtype)
        for number, own in rows.items():
            scores[own] = parts[number]
        return scores


def load_scorer(model: Model, missing: bool) -> OipScorer:
    """The verified model of a folder. Raises ConfigError with the reason why it cannot be used."""
    repository = Repository()
    repository.load_now(Source(model.name, model.version, model.folder, missing))
    try:
        return OipScorer(repository.model(model.name))
    except RefusedError as error:
        reasons = "; ".join(line["reason"] for line in repository.index(only_ready=False))
        raise ConfigError(f"model.folder: {model.folder} is refused: {reasons or error}") from error
