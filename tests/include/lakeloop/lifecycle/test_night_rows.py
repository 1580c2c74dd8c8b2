"""A night with fewer rows than the use case asks for is refused, with the numbers."""

from datetime import UTC, datetime

import pytest

from lakeloop.config import load_use_case
from lakeloop.lifecycle.night import Night, NightRefusedError
from lakeloop.lifecycle.night_rows import require_rows
from lakeloop.lifecycle.published import PublishedFeatures


def test_too_few_rows_are_refused() -> None:
    churn = load_use_case("churn")
    moment = datetime(2017, 12, 10, tzinfo=UTC)
    night = Night(moment, 48, PublishedFeatures(moment, 5, 5, 5, "2017-12-09", None, 1, None), None)

    require_rows(churn, night, 1)
    with pytest.raises(
        NightRefusedError, match=r"version 5 of churn_gold\.features has 0 rows as of 2017-12-09"
    ):
        require_rows(churn, night, 0)
