"""Visits of a table are those that states count."""

import numpy as np
import pandas as pd

from rankstream.interactions import ordered
from rankstream.replay import Replay
from rankstream.statistics.visits import visit_numbers, visits_by_item
from rankstream_testing import SMALL


def test_as_many_as_the_states_say(table: pd.DataFrame) -> None:
    rows = ordered(table)
    replay = Replay(SMALL)
    replay.advance(rows)

    counted = pd.Series(visit_numbers(rows, SMALL.visit_gap_ms)).groupby(rows["entity"]).nunique()

    assert counted.to_dict() == {entity: state.visits for entity, state in replay.states.items()}


def test_twice_in_a_visit_is_once_and_unknown_items_are_left_out() -> None:
    matrix = visits_by_item(np.array([0, 0, 0, 1]), np.array([2, 2, -1, 0]), 3)

    assert matrix.toarray().tolist() == [[0, 0, 1], [1, 0, 0]]
