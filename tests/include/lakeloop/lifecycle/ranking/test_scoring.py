"""What a worker does for a night: histories in, ranked suggestions out, from the packed model alone."""

from pathlib import Path

import pandas as pd

from lakeloop.lifecycle.ranking import logged
from lakeloop.lifecycle.ranking.scoring import scorer
from lakeloop.lifecycle.scoring import pack
from rankstream import Model, Recommender, State
from rankstream.interactions import each, ordered


def test_each_entity_gets_ten_items_in_the_order_of_their_scores(
    files: Path, table: pd.DataFrame, candidate: Model
) -> None:
    now = int(table["at"].max()) + 1
    asked = logged.histories(table, now).reset_index()
    halves = [asked.iloc[:30], asked.iloc[30:], asked.iloc[:0]]

    found = pd.concat(scorer(pack(files), "room")(iter(halves)), ignore_index=True)

    assert list(found.columns) == ["entity", "rank", "room", "score"]
    assert len(found) == 10 * table["entity"].nunique()
    for entity, rows in found.groupby("entity"):
        assert rows["rank"].tolist() == list(range(1, 11)), entity
        assert rows["score"].is_monotonic_decreasing, entity
        assert rows["room"].is_unique, entity


def test_they_are_those_of_the_entitys_own_state(files: Path, table: pd.DataFrame, candidate: Model) -> None:
    now, recommender, state = int(table["at"].max()) + 1, Recommender(candidate), State()
    own = ordered(table[table["entity"] == "e7"])
    for interaction in each(own):
        recommender.observe(state, interaction)

    [found] = scorer(pack(files), "room")(iter([logged.histories(own, now).reset_index()]))

    expected = recommender.suggest(state, now).items
    assert found["room"].tolist() == [one.item for one in expected]
    assert found["score"].tolist() == [one.score for one in expected]
