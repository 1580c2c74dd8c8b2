import json

import pytest

from lakeloop_datasets.dirt import check_share, dirty_lines

LINES = [json.dumps({"key": i, "price": i / 2}, separators=(",", ":")) for i in range(1000)]


def _kind(line: str) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return "cut"
    if isinstance(row["price"], str):
        return "word"
    return "unknown field" if set(row) - {"key", "price"} else "clean"


def test_the_share_is_kept_and_kinds_take_turns() -> None:
    kinds = [_kind(line) for line in dirty_lines(LINES, 0.03, "price")]
    assert len(kinds) == 30
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"cut": 10, "word": 10, "unknown field": 10}


def test_even_a_small_share_dirties_a_delivery_and_every_kind_comes_up() -> None:
    kinds = [_kind(*dirty_lines(LINES[start:], 0.0001, "price")) for start in range(50)]
    assert set(kinds) == {"cut", "word", "unknown field"}


def test_no_share_no_dirt() -> None:
    assert dirty_lines(LINES, 0, "price") == []
    assert dirty_lines([], 0.1, "price") == []


def test_the_same_delivery_is_dirty_in_the_same_way() -> None:
    assert dirty_lines(LINES, 0.01, "price") == dirty_lines(LINES, 0.01, "price")


def test_what_is_readable_repeats_a_real_row() -> None:
    real = {json.loads(line)["key"]: json.loads(line)["price"] for line in LINES}
    for line in dirty_lines(LINES, 0.03, "price"):
        if _kind(line) == "unknown field":
            row = json.loads(line)
            assert real[row["key"]] == row["price"]


@pytest.mark.parametrize("share", [-0.1, 0.51])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"dirt is {share}, expected a share of lines between 0 and 0.5"):
        check_share(share)


def test_rows_from_a_year_ahead_come_where_the_moment_is_known() -> None:
    lines = [json.dumps({"price": 1.5, "sold_at": "2017-01-05T10:00:00", "on": "2017-01-05"})] * 100
    for moment, ahead in (("sold_at", "2018-01-05T10:00:00"), ("on", "2018-01-05")):  # a date stays a date
        added = dirty_lines(lines, 0.04, "price", moment)
        assert [json.loads(line)[moment] for line in added if _kind(line) != "cut"].count(ahead) == 1
