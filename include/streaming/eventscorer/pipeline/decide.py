"""Decides a batch: features, scores, and the messages that say so."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ..config import Config
from ..errors import ConfigError
from ..events.event import Checked, Event, Rejected
from ..scoring.features import Features
from ..scoring.scorer import Scorer
from ..state.store import Outgoing, StateStore
from .outgoing import DecisionWriter, dead_letter


class Decided(Struct, frozen=True):
    """A batch as it will be written.

    Args:
        messages: those of each input message, one each, in the batch's order.
        states: that changed.
    """

    batch: Sequence[Checked]
    messages: list[Outgoing]
    versions: Sequence[str]
    states: Mapping[str, bytes]


class Decider:
    """Computes and scores; reads the store, and writes nothing. Raises ConfigError where columns do not agree."""

    def __init__(self, config: Config, features: Features, scorer: Scorer, store: StateStore) -> None:
        if tuple(features.names) != tuple(scorer.columns):
            raise ConfigError(
                f"features are {', '.join(features.names)}, expected the columns of the model in their order: "
                f"{', '.join(scorer.columns)}"
            )
        self._config, self._features, self._scorer, self._store = config, features, scorer, store
        self._writer = DecisionWriter(config.decisions_topic, features.names)

    def decide(self, batch: Sequence[Checked]) -> Decided:
        """The batch's messages and the states that follow from it."""
        events = [checked for checked in batch if isinstance(checked, Event)]
        states = self._store.read(self._features.states_of(events))
        matrix, changed = self._features.compute(events, states)
        batch = _without_infinite(batch, matrix, self._features.names)
        finite = ~np.isinf(matrix).any(axis=1)
        events = [checked for checked in batch if isinstance(checked, Event)]
        versions, decisions = self._scored(events, matrix[finite])
        waiting = iter(decisions)
        messages = [self._dead(c) if isinstance(c, Rejected) else next(waiting) for c in batch]
        return Decided(batch, messages, versions, changed)

    def _scored(self, events: Sequence[Event], matrix: np.ndarray) -> tuple[Sequence[str], list[Outgoing]]:
        if not events:
            return [], []
        versions, scores = self._scorer.score([event.key for event in events], matrix)
        return versions, self._writer.write(events, matrix, versions, scores, time.time())

    def _dead(self, rejected: Rejected) -> Outgoing:
        return dead_letter(self._config.dead_letters_topic, self._config.topic, rejected)


def _without_infinite(
    batch: Sequence[Checked], matrix: np.ndarray, names: Sequence[str]
) -> Sequence[Checked]:
    """Events with a value beyond float32, which no model takes, become dead letters."""
    infinite = np.isinf(matrix)
    if not infinite.any():
        return batch
    rows = iter(infinite)
    return [_judged(c, next(rows), names) if isinstance(c, Event) else c for c in batch]


def _judged(event: Event, infinite: np.ndarray, names: Sequence[str]) -> Checked:
    beyond = [name for name, is_infinite in zip(names, infinite, strict=True) if is_infinite]
    return Rejected(event.record, "unscorable", f"{', '.join(beyond)} beyond float32") if beyond else event
