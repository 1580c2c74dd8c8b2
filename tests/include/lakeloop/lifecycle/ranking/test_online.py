"""States that are published are those that a service would have come to by the same interactions."""

import pandas as pd
import pytest

from eventfeatures.stores import MemoryStore
from lakeloop.config import RankingUseCase
from lakeloop.config.use_case.ranking import namespace
from lakeloop.lifecycle.ranking.online import entries
from rankstream import Interaction, Recommender, fit, settings_of
from rankstream.interactions import DAY_MS, each, ordered
from rankstream.stores import Stored
from tests.include.lakeloop.lifecycle.ranking.conftest import SETTINGS, ranking


@pytest.fixture(scope="module")
def service(table: pd.DataFrame) -> Recommender:
    return Recommender(fit(table, settings_of(ranking().settings)))


def test_published_states_are_those_of_a_service(
    use_case: RankingUseCase, table: pd.DataFrame, service: Recommender
) -> None:
    published, lived = (MemoryStore() for _ in range(2))
    live = Stored(service, lived, use_case.key)
    published.seed(list(entries(use_case, table)))
    live.observe(list(each(ordered(table))))

    known = sorted(table["entity"].unique())
    assert published.read(use_case.key, known) == lived.read(use_case.key, known)


def test_a_state_that_moved_on_is_kept(
    use_case: RankingUseCase, table: pd.DataFrame, service: Recommender
) -> None:
    store = MemoryStore()
    moving, last = Stored(service, store, use_case.key), int(table["at"].max())
    store.seed(list(entries(use_case, table)))
    entity = str(table["entity"].iloc[0])
    moving.observe([Interaction(entity, str(table["item"].iloc[0]), last + DAY_MS)])
    [moved] = store.read(use_case.key, [entity])

    kept = store.seed(list(entries(use_case, table)))

    assert store.read(use_case.key, [entity]) == [moved]
    assert kept < table["entity"].nunique()


def test_states_of_other_settings_have_a_namespace_of_their_own(use_case: RankingUseCase) -> None:
    ranked = ranking()
    other = ranking(ranking={**ranked.ranking.model_dump(), "settings": {**SETTINGS, "long_days": 33.0}})

    assert namespace(ranked) == namespace(use_case) != namespace(other)
    assert namespace(ranked).startswith("rooms_")
