"""Everyone on the same questions: against rankstream's own judge, and a champion beside a candidate."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lakeloop.config import RankingUseCase
from lakeloop.config.use_case.ranking import Method
from lakeloop.lifecycle.evaluation.gate import CANDIDATE, CHAMPION
from lakeloop.lifecycle.ranking.examples import examples
from lakeloop.lifecycle.ranking.judgement import METHODS, Judged, judge
from lakeloop.lifecycle.ranking.split import Parts
from rankstream import Model, fit, refresh, settings_of
from rankstream.evaluation import judge as plain_judge


@pytest.mark.parametrize("scope", ["all", "new"])
def test_figures_are_those_of_the_package(
    scope: str, judged: Judged, candidate: Model, table: pd.DataFrame, parts: Parts
) -> None:
    rows = {(row.method, row.scope): row for row in plain_judge([candidate], parts.known(table, 1), 200)}
    names = [(CANDIDATE, "model"), *METHODS.items()]
    for ours, theirs in names:
        row, found = rows[theirs, scope], judged.figures(ours, scope)  # type: ignore[arg-type]
        assert found == pytest.approx(
            {"ndcg_at_10": row.ndcg.mean, "recall_at_10": row.recall.mean, "coverage": row.coverage}
        )
        lead = judged.lead(ours, "ndcg_at_10", scope)  # type: ignore[arg-type]
        assert (lead.value, lead.low, lead.high) == pytest.approx(tuple(row.ahead))


def test_nobody_is_ahead_of_itself(
    candidate: Model, judged: Judged, table: pd.DataFrame, parts: Parts
) -> None:
    again = judge(candidate, candidate, parts.known(table, 1), 200)

    lead = again.lead(CHAMPION, "ndcg_at_10")
    assert (lead.value, lead.low, lead.high) == (0, 0, 0)
    assert again.figures(CANDIDATE) == judged.figures(CANDIDATE) == again.figures(CHAMPION)


def test_what_only_the_champion_can_suggest_counts_as_relevant(
    candidate: Model, use_case: RankingUseCase, table: pd.DataFrame, parts: Parts
) -> None:
    """A candidate that has lost half of the catalogue must not be judged on the half that it has kept."""
    known = parts.learnt_from(table)
    half = known["item"].isin(sorted(known["item"].unique())[::2])
    narrow = fit(known[half], settings_of(use_case.settings))
    narrow = replace(narrow, until=candidate.until)

    found = judge(narrow, candidate, parts.known(table, 1), 200)

    assert len(found.items) == len(candidate.catalogue) > len(narrow.catalogue)
    assert found.lead(CHAMPION, "recall_at_10").high < 0


def test_a_champion_with_other_settings_has_states_of_its_own(
    candidate: Model, use_case: RankingUseCase, table: pd.DataFrame, parts: Parts
) -> None:
    other = settings_of({**use_case.settings, "visit_gap_minutes": 5, "long_days": 30.0})
    champion = fit(parts.learnt_from(table), other)

    found = judge(candidate, champion, parts.known(table, 1), 200)

    assert np.isfinite(list(found.figures(CHAMPION).values())).all()


def test_an_older_champion_answers_the_same_questions(
    candidate: Model, use_case: RankingUseCase, table: pd.DataFrame, parts: Parts
) -> None:
    known = parts.learnt_from(table)
    older = fit(known[known["at"] < known["at"].quantile(0.7)], settings_of(use_case.settings))
    refreshed = refresh(older, known)

    alone = judge(candidate, None, parts.known(table, 1), 200)
    both = judge(candidate, refreshed, parts.known(table, 1), 200)

    assert (alone.questions.rows == both.questions.rows).all()
    assert alone.figures(CANDIDATE)["ndcg_at_10"] == pytest.approx(both.figures(CANDIDATE)["ndcg_at_10"])


def test_the_strongest_method_is_named(judged: Judged) -> None:
    names: list[Method] = ["popularity", "habit"]

    assert judged.strongest(names, "ndcg_at_10") == "habit"


def test_examples_tell_suggestions_and_what_came(judged: Judged) -> None:
    shown = examples(judged)

    assert len(shown) == 5
    assert len({one["entity"] for one in shown}) == 5
    for one in shown:
        assert len(one["suggested"]) == len(set(one["suggested"])) == 10
        assert set(one["came"]) <= set(one["suggested"])
        assert not set(one["came_unsuggested"]) & set(one["suggested"])
        assert one["came"] or one["came_unsuggested"]
