"""Scores with the models of oipscorer: verified before they are used, and chosen by key as its server chooses."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from oipscorer.errors import UnusableModelError
from oipscorer.models.loading import load_version
from oipscorer.models.version import Version
from oipscorer.repository.traffic import Route, Traffic

from ..config import Model
from ..errors import ConfigError


class OipScorer:
    """Versions of one model, of the same columns, and the route between them."""

    def __init__(self, versions: Mapping[str, Version], route: Route) -> None:
        self._versions, self._route = versions, route
        self.columns = tuple(versions[route.main].features.names)

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        """See :class:`~eventscorer.scoring.scorer.Scorer`."""
        chosen = [self._versions[self._route.choose(key)] for key in keys]
        rows = defaultdict(list)
        for row, version in enumerate(chosen):
            rows[version.number].append(row)
        if len(rows) == 1:
            return [version.number for version in chosen], chosen[0].score(matrix)
        return [version.number for version in chosen], self._by_version(rows, matrix)

    def _by_version(self, rows: dict[str, list[int]], matrix: np.ndarray) -> np.ndarray:
        parts = {number: self._versions[number].score(matrix[own]) for number, own in rows.items()}
        first = next(iter(parts.values()))
        scores = np.empty((len(matrix), *first.shape[1:]), first.dtype)
        for number, own in rows.items():
            scores[own] = parts[number]
        return scores


def load_scorer(model: Model, missing: bool) -> OipScorer:
    """The verified model of a folder. Raises ConfigError with the reason why it cannot be used."""
    try:
        version = load_version(model.name, model.version, model.folder, missing)
    except UnusableModelError as error:
        raise ConfigError(f"model.folder: {model.folder} is refused: {error}") from error
    return OipScorer({model.version: version}, Route(model.name, Traffic({model.version: 100})))
