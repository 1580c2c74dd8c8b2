"""Decides a batch: features, scores, and the messages that say so."""

import logging
import time
from collections.abc import Mapping, Sequence
from itertools import count

import numpy as np
from msgspec import Struct

from eventfeatures.stores import Entry

from ..config import Config
from ..errors import NotReadyError
from ..events.event import Checked, Event, Rejected
from ..scoring.features import Features
from ..scoring.isolating import Isolating, Scored
from ..scoring.reasons import Reasoner, Reasons
from ..scoring.scorer import Scorer
from ..state.outbox import Outgoing
from .outgoing import DecisionWriter, dead_letter

log = logging.getLogger(__name__)


class Decided(Struct, frozen=True):
    """A batch as it will be written.

    Args:
        batch: its messages; those that could not be scored are among the rejected.
        messages: those of each input message, one each, in the batch's order; none where it was decided before.
        matrix: of the decisions, float32.
        scored: the decisions' versions and scores.
        entries: states that follow from the batch.
    """

    batch: Sequence[Checked]
    messages: list[Outgoing]
    matrix: np.ndarray
    scored: Scored
    entries: Sequence[Entry]


class Decider:
    """Computes and scores; reads the store, and writes nothing."""

    def __init__(self, config: Config, features: Features, scorer: Scorer) -> None:
        self._config, self._features, self._scorer = config, features, scorer
        self._isolating = Isolating(scorer)
        self._reasoner = Reasoner(scorer, features.names, config.reasons, config.reasons_from)
        self._writer = DecisionWriter(config.decisions_topic, features.names)

    def require_ready(self) -> None:
        """Raises NotReadyError where no version takes traffic, or it takes other columns than the features."""
        columns = tuple(self._scorer.columns())
        if columns != tuple(self._features.names):
            raise NotReadyError(
                f"features are {', '.join(self._features.names)}, expected the columns of the model in their order: "
                f"{', '.join(columns)}"
            )

    def decide(self, batch: Sequence[Checked]) -> Decided:
        """The batch's messages and the states that follow from it. Raises NotReadyError, StoreError, ConfigError."""
        computed = self._features.compute([checked for checked in batch if isinstance(checked, Event)])
        batch = _without(batch, computed.refused)
        with np.errstate(over="ignore"):
            matrix = computed.matrix.astype(np.float32)
        batch, finite = _without_infinite(batch, matrix, self._features.names)
        events = [checked for checked in batch if isinstance(checked, Event)]
        scored = self._isolating.score([event.key for event in events], matrix[finite])
        batch = _without(batch, scored.failed)
        kept = np.flatnonzero(finite)[[row for row in range(len(events)) if row not in scored.failed]]
        reasons = self._reasoner.reasons(scored.versions, matrix[kept], scored.scores)
        messages = self._messages(batch, computed.matrix[kept], scored, reasons)
        return Decided(batch, messages, matrix[kept], scored, computed.entries)

    def catch_up(self, batch: Sequence[Checked]) -> Decided:
        """The states that follow from messages that were decided before, and nothing said of them."""
        computed = self._features.compute([checked for checked in batch if isinstance(checked, Event)])
        nothing = Scored((), np.empty(0, np.float32), {})
        return Decided(
            batch, [], np.empty((0, len(self._features.names)), np.float32), nothing, computed.entries
        )

    def shadows(self, decided: Decided) -> dict[str, np.ndarray]:
        """What shadows say of the batch, by version."""
        try:
            return self._scorer.shadows(decided.matrix, decided.scored.scores) if len(decided.matrix) else {}
        except Exception:  # a shadow's failure is its own: decisions have been written
            log.warning("shadows failed", exc_info=True)
            return {}

    def _messages(
        self,
        batch: Sequence[Checked],
        matrix: np.ndarray,
        scored: Scored,
        reasons: Sequence[Reasons | None],
    ) -> list[Outgoing]:
        events = [checked for checked in batch if isinstance(checked, Event)]
        decisions = iter(
            self._writer.write(events, matrix, scored.versions, scored.scores, reasons, time.time())
        )
        return [self._dead(c) if isinstance(c, Rejected) else next(decisions) for c in batch]

    def _dead(self, rejected: Rejected) -> Outgoing:
        return dead_letter(self._config.dead_letters_topic, self._config.topic, rejected)


def _without(batch: Sequence[Checked], refused: Mapping[int, str]) -> Sequence[Checked]:
    """The batch, in which some of its events, by their place among them, are dead letters."""
    if not refused:
        return batch
    places = count()
    return [_judged(c, refused.get(next(places))) if isinstance(c, Event) else c for c in batch]


def _judged(event: Event, why: str | None) -> Checked:
    return event if why is None else Rejected(event.record, "unscorable", why)


def _without_infinite(
    batch: Sequence[Checked], matrix: np.ndarray, names: Sequence[str]
) -> tuple[Sequence[Checked], np.ndarray]:
    """Rows with a value beyond float32, which no model takes, become dead letters; which rows are none."""
    infinite = np.isinf(matrix)
    beyond = {
        int(row): f"{', '.join(np.array(names)[infinite[row]])} beyond float32"
        for row in np.flatnonzero(infinite.any(axis=1))
    }
    return _without(batch, beyond), ~infinite.any(axis=1)
