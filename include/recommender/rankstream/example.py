"""What a model says of an entity that is made up, recorded with it so that another process can be compared.

The entity had what is popular, in three visits before the end of the model's table.
"""

import numpy as np
from msgspec import Struct

from .errors import ModelError
from .interactions import DAY_MS, Interaction
from .model import Model
from .recommender import Basis, Recommender, Suggestions
from .state import State
from .top import top

VISITS_AGO = (9.0, 4.0, 0.1)  # days before the end of the table
ITEMS = 12  # that the entity had, the most popular ones, in turn over the visits
K = 20
ASKED = [
    (False, False),
    (True, False),
    (True, True),
]  # whether the entity is known, and whether new items alone
ABSOLUTE, RELATIVE = (
    1e-6,
    1e-5,
)  # float32 has 7 digits, and sums may be made in another order on another machine


class Answer(Struct, frozen=True):
    """An answer as it was given, best first; of an entity that is unknown, or has the example's history."""

    known: bool
    new_only: bool
    basis: Basis
    items: list[str]
    scores: list[float]


class Example(Struct, frozen=True):
    """A history, a moment (ms since 1970) and the answers."""

    history: list[Interaction]
    now: int
    answers: list[Answer]


def example_of(model: Model) -> Example:
    """What the model says now."""
    history, recommender = _history(model), Recommender(model)
    answers = [_answer(recommender, history, model.until, *question) for question in ASKED]
    return Example(history, model.until, answers)


def reproduce(model: Model, example: Example) -> None:
    """Raises ModelError where the model says something else than what was recorded."""
    if [(answer.known, answer.new_only) for answer in example.answers] != ASKED:
        raise ModelError("the example lacks answers, so the model cannot be compared; fit and save it again")
    recommender = Recommender(model)
    for recorded in example.answers:
        told = _answer(recommender, example.history, example.now, recorded.known, recorded.new_only)
        if told.basis != recorded.basis or not _alike(told, recorded):
            raise ModelError(
                f"the model does not reproduce its example: it says {_first(told)}, recorded is {_first(recorded)}; "
                "fit and save it again"
            )


def _history(model: Model) -> list[Interaction]:
    """Visit by visit, the earliest first."""
    numbers = top(model.known.recent, ITEMS).tolist()
    visits = [max(0, model.until - int(days * DAY_MS)) for days in VISITS_AGO]
    return [
        Interaction("example", model.catalogue.items[number], at, _group(model, number))
        for place, at in enumerate(visits)
        for number in numbers[place :: len(visits)]
    ]


def _group(model: Model, number: int) -> str:
    group = int(model.catalogue.group_of[number])
    return model.catalogue.groups[group] if group >= 0 else ""


def _answer(
    recommender: Recommender, history: list[Interaction], now: int, known: bool, new_only: bool
) -> Answer:
    state = State()
    for interaction in history if known else []:
        recommender.observe(state, interaction)
    said: Suggestions = recommender.suggest(state, now, K, new_only=new_only)
    items, scores = [each.item for each in said.items], [each.score for each in said.items]
    return Answer(known, new_only, said.basis, items, scores)


def _first(answer: Answer) -> str:
    pairs = zip(answer.items[:3], answer.scores, strict=False)
    return f"{answer.basis}: " + ", ".join(f"{item} {score:.6g}" for item, score in pairs)


def _alike(told: Answer, recorded: Answer) -> bool:
    """Whether scores are close place by place, and items the same but for those that are tied with another."""
    if len(told.scores) != len(recorded.scores):
        return False
    if not np.allclose(told.scores, recorded.scores, rtol=RELATIVE, atol=ABSOLUTE):
        return False
    of, last = dict(zip(recorded.items, recorded.scores, strict=True)), recorded.scores[-1:]
    pairs = [(score, of.get(item, last[0])) for item, score in zip(told.items, told.scores, strict=True)]
    return all(np.isclose(score, other, rtol=RELATIVE, atol=ABSOLUTE) for score, other in pairs)
