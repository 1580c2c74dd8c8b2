"""A model that says something else than what was recorded is found out."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as changed

from rankstream import Model, ModelError
from rankstream.catalogue import Catalogue
from rankstream.example import Example, example_of, reproduce


@pytest.fixture(scope="module")
def example(model: Model) -> Example:
    return example_of(model)


def test_it_is_reproduced(model: Model, example: Example) -> None:
    reproduce(model, example)

    assert [answer.basis for answer in example.answers] == ["popularity", "history", "history"]
    assert all(answer.items for answer in example.answers)


def test_other_names_scores_or_statistics_are_found(model: Model, example: Example) -> None:
    catalogue = model.catalogue
    renamed = Catalogue(catalogue.items[::-1], catalogue.groups, catalogue.group_of)
    others = [
        replace(model, catalogue=renamed),
        replace(model, known=replace(model.known, recent=model.known.recent * 1.001)),
        replace(model, known=replace(model.known, gap=np.roll(model.known.gap, 1))),
    ]

    for other in others:
        with pytest.raises(ModelError, match="does not reproduce its example: it says"):
            reproduce(other, example)


def test_a_difference_of_the_last_digit_is_none(model: Model, example: Example) -> None:
    near = [changed(each, scores=[score * (1 + 1e-6) for score in each.scores]) for each in example.answers]

    reproduce(model, changed(example, answers=near))


def test_an_example_without_answers_proves_nothing(model: Model, example: Example) -> None:
    with pytest.raises(ModelError, match="lacks answers"):
        reproduce(model, changed(example, answers=example.answers[:2]))
