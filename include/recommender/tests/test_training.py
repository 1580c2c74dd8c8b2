"""A fit finds what is in the world, is the same each time, and does not look ahead."""

import numpy as np
import pandas as pd
import pytest

from rankstream import InteractionError, Model, Settings, fit, refresh
from rankstream.evaluation import judge
from rankstream.evaluation.judge import MODEL, answers
from rankstream.interactions import DAY_MS, ordered
from rankstream.questions import questions_of
from rankstream.statistics import NAMES
from rankstream_testing import SMALL


def test_it_beats_what_does_not_know_the_entity(model: Model, table: pd.DataFrame) -> None:
    rows = {(row.method, row.scope): row for row in judge([model], table, k=5)}

    assert rows["popularity", "all"].ahead.low > 0.1
    assert rows["popularity", "new"].ahead.low > 0
    assert rows[MODEL, "all"].ahead == (0, 0, 0)


def test_the_same_table_and_seed_give_the_same_model(model: Model, early: pd.DataFrame) -> None:
    again = fit(early.sample(frac=1, random_state=5), SMALL)

    assert again.ranker.save_raw("ubj") == model.ranker.save_raw("ubj")
    assert (again.known.factors == model.known.factors).all()
    assert (again.known.together == model.known.together).all()


def test_answers_know_nothing_of_what_comes_later(model: Model, table: pd.DataFrame) -> None:
    rows = ordered(table)
    questions = questions_of(rows, model.catalogue, model.until + 1, 30, SMALL)
    after = int(questions.rows[-1]) + 1
    other = rows.copy()
    other.loc[after:, ["item", "group"]] = ["g0i0", "g0"]

    known, changed = (answers([model], each, questions, 5) for each in (rows, other))

    assert all((known[name] == changed[name]).all() for name in known)


def test_a_question_is_about_the_horizon_and_no_more(model: Model, table: pd.DataFrame) -> None:
    rows = ordered(table)
    questions = questions_of(rows, model.catalogue, model.until + 1, 100, SMALL)
    for number, (entity, at) in enumerate(zip(questions.entities, questions.at, strict=True)):
        own = rows[rows["entity"] == entity]
        later = own[(own["at"] > at) & (own["at"] <= at + SMALL.horizon_days * DAY_MS)]
        known = set(own[own["at"] <= at]["item"])
        names = {model.catalogue.items[place] for place in questions.relevant[number].indices}
        new = {model.catalogue.items[place] for place in questions.new[number].indices}
        assert names == set(later["item"])
        assert new == names - known
    assert questions.at.max() <= rows["at"].max() - SMALL.horizon_days * DAY_MS


def test_what_is_known_of_items_follows_a_longer_table(
    model: Model, early: pd.DataFrame, table: pd.DataFrame
) -> None:
    now = refresh(model, table)

    assert now.until == table["at"].max()
    assert (now.known.recent != model.known.recent).any()
    assert now.ranker is model.ranker
    same = refresh(model, early).known
    assert all(
        np.array_equal(getattr(same, name), getattr(model.known, name), equal_nan=True) for name in NAMES
    )
    with pytest.raises(InteractionError, match="the table ends at"):
        refresh(now, early)


def test_a_question_is_answered_by_the_newest_model_from_before_it(model: Model, table: pd.DataFrame) -> None:
    rows = ordered(table)
    questions = questions_of(rows, model.catalogue, model.until + 1, 100, SMALL)
    split = int(questions.at[50])
    later = refresh(model, rows[rows["at"] < split])
    alone, renewed, both = (
        answers(models, rows, questions, 5) for models in ([model], [later], [model, later])
    )

    known = questions.at > later.until

    assert 0 < known.sum() < len(questions)
    for name, first in both.items():
        np.testing.assert_array_equal(first, np.where(known[:, None], renewed[name], alone[name]))


def test_too_little_says_what_to_do(early: pd.DataFrame) -> None:
    with pytest.raises(InteractionError, match="lower the setting least_sold"):
        fit(early, Settings(least_sold=100_000))
    with pytest.raises(InteractionError, match="give a longer table"):
        fit(early, Settings(least_sold=5, ranker_days=4000))


def test_an_item_of_no_group_has_no_numbers_of_a_group(early: pd.DataFrame) -> None:
    alone = fit(early.assign(group=""), SMALL)

    assert alone.catalogue.groups == []
    assert np.array_equal(alone.catalogue.group_of, np.full(len(alone.catalogue), -1))
