"""Tables as HTML."""

from collections import namedtuple

import numpy as np
import pandas as pd
from localbricks_kernel.tables import is_records, pandas_table, records_table

Point = namedtuple("Point", "x y")


def test_a_pandas_frame_shows_types_numbers_null_and_escaped_text() -> None:
    frame = pd.DataFrame(
        {"n": [1.5, np.nan], "<s>": ["a&b", None], "ok": [True, False], "l": [[1, "ä"], {"k": 2}]}
    )
    html, line = pandas_table(frame)
    assert "<th>n<small>float64</small></th>" in html
    assert "<th>&lt;s&gt;" in html
    assert "<td class='num'>1.5</td><td>a&amp;b</td><td>true</td>" in html
    assert "<td class='null'>null</td><td class='null'>null</td><td>false</td>" in html
    assert "[1, &quot;ä&quot;]" in html
    assert line == "table of n, <s>, ok, l: 2 rows"


def test_an_index_with_a_meaning_is_shown() -> None:
    html, _ = pandas_table(pd.DataFrame({"auc": [0.9]}, index=["XGBoost"]))
    assert "<td>XGBoost</td><td class='num'>0.9</td>" in html
    html, _ = pandas_table(pd.DataFrame({"auc": [0.9]}))
    assert html.count("<th>") == 1


def test_only_the_first_thousand_rows_are_shown() -> None:
    html, line = pandas_table(pd.DataFrame({"n": range(1234)}))
    assert html.count("<tr>") == 1001
    assert "Showing the first 1,000 of 1,234 rows." in html
    assert line.endswith("the first 1,000 of 1,234 rows")


def test_named_tuples_and_equal_dicts_are_tables_and_other_lists_are_not() -> None:
    assert is_records([Point(1, 2), Point(3, 4)])
    assert is_records([{"a": 1}, {"a": 2}])
    for value in ([], [1, 2], [{"a": 1}, {"b": 1}], (Point(1, 2),), "text"):
        assert not is_records(value)
    assert "<th>x</th><th>y</th>" in records_table([Point(1, 2)])[0]
