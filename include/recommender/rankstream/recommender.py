"""Suggestions from a state, and the state moved on."""

from typing import Literal, NamedTuple

import numpy as np

from .features import features
from .interactions import Interaction, checked
from .model import Model
from .retrieval import retrieve
from .state import State, decode, encode, observe
from .top import top
from .view import View, view

Basis = Literal["history", "popularity"]


class Suggestion(NamedTuple):
    """An item, and its score, which compares to others of the same answer only."""

    item: str
    score: float


class Suggestions(NamedTuple):
    """An answer, best first.

    Attributes:
        basis: "popularity" where nothing is known of the entity: no interaction, or none with an item or a group that
            the model knows; then scores are shares of recent visits.
    """

    items: list[Suggestion]
    basis: Basis


class Recommender:
    """Answers from a model; holds no state of entities, so one serves all of them and many threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        model.ranker.set_param({"nthread": 1})

    def observe(self, state: State, interaction: Interaction) -> None:
        """Move a state on, in constant time. Raises InteractionError for one that cannot be; the state is as before."""
        observe(state, checked(interaction), self.model.settings)

    def encode(self, state: State) -> bytes:
        """The state as it is stored."""
        return encode(state, self.model.settings)

    def decode(self, content: bytes | None, entity: str) -> State:
        """The state that was stored, an empty one for None. Raises StateError for damaged bytes or other settings."""
        return decode(content, self.model.settings, entity)

    def suggest(self, state: State, now: int, k: int = 10, *, new_only: bool = False) -> Suggestions:
        """The k items that the entity most likely has within the horizon from `now` (ms since 1970), at most.

        Equal scores stand in the order of the catalogue. Fewer than k come where there are fewer candidates.

        Args:
            new_only: leave out what the state has.
        """
        seen = view(state, now, self.model.catalogue, self.model.settings)
        if not len(seen.items.numbers) and not len(seen.groups.numbers):
            numbers, scores = np.arange(len(self.model.catalogue)), self.model.known.recent
            return Suggestions(self._best(numbers, scores, k), "popularity")
        return Suggestions(self._best(*self.ranked(seen, new_only), k), "history")

    def ranked(self, seen: View, new_only: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and scores of the candidates of a view."""
        model = self.model
        candidates = retrieve(seen, model.known, model.settings)
        rows = features(seen, candidates, model.catalogue, model.known)
        keep = (
            ~np.isin(candidates.numbers, seen.items.numbers) if new_only else np.ones(len(rows), dtype=bool)
        )
        if not keep.any():
            return candidates.numbers[keep], np.empty(0)
        return candidates.numbers[keep], model.ranker.inplace_predict(rows[keep], validate_features=False)

    def _best(self, numbers: np.ndarray, scores: np.ndarray, k: int) -> list[Suggestion]:
        order = top(scores, k)
        items = self.model.catalogue.items
        return [Suggestion(items[numbers[place]], float(scores[place])) for place in order]
