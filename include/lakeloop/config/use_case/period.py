"""The clock of a use case: time cut into periods, counted from 0, each known by its last day.

pandas is imported where it is needed: DAG files import this module whenever they are parsed, and count no periods then.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Name, Timezone

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DAYS_OF_A_WEEK = 7
MONTHS_OF_A_YEAR = 12
Moment = date | datetime


class Period(Config):
    """Hours, days, weeks or months of a time zone.

    A period is known by its `as_of`: its last day (a date), for an hour the moment at which it begins (UTC). Everything
    that a row of features knows happened until the end of that period.
    """

    unit: Literal["hour", "day", "week", "month"]
    first: date = Field(description="first day of period 0")
    timezone: Timezone = "UTC"
    column: Name = Field(default="as_of", description="of the feature and label tables; holds `as_of`")

    @model_validator(mode="after")
    def _months_begin_on_the_first(self) -> Self:
        if self.unit == "month" and self.first.day != 1:
            raise ValueError(f"first is {self.first}, expected the first day of a month for unit month")
        return self

    @property
    def sql_type(self) -> str:
        """Type of the period's column: ``date``, for hours ``timestamp``."""
        return "timestamp" if self.unit == "hour" else "date"

    @property
    def days(self) -> int | None:
        """Days of each period; None for hours and months, which are no whole or no fixed number of them."""
        return {"day": 1, "week": DAYS_OF_A_WEEK}.get(self.unit)

    def index(self, as_of: Moment) -> int:
        """The 0-based period that `as_of` lies in; negative before `first`.

        Args:
            as_of: a day in the period's time zone, for hours a moment (UTC when it has no time zone).
        """
        import pandas as pd

        return int(self.indices(pd.Series([as_of]))[0])

    def indices(self, as_of: "pd.Series") -> "np.ndarray":
        """The 0-based period of each value (shape: rows), see :meth:`index`."""
        import pandas as pd

        if self.unit == "hour":
            since = as_of.astype("datetime64[s, UTC]") - pd.Timestamp(self._midnight(self.first))
            return (since // pd.Timedelta(hours=1)).to_numpy(dtype="int64")
        days = as_of.astype("datetime64[s]")  # nanoseconds, the default, end in 2262
        if self.unit == "month":
            months = (days.dt.year - self.first.year) * MONTHS_OF_A_YEAR + days.dt.month - self.first.month
            return months.to_numpy(dtype="int64")
        since_first = (days - pd.Timestamp(self.first)).dt.days
        return (since_first // (DAYS_OF_A_WEEK if self.unit == "week" else 1)).to_numpy(dtype="int64")

    def as_of(self, index: int) -> Moment:
        """The last day of period `index`; for hours the moment at which it begins, in UTC."""
        match self.unit:
            case "hour":
                return self._midnight(self.first) + timedelta(hours=index)
            case "day":
                return self.first + timedelta(days=index)
            case "week":
                return self.first + timedelta(days=DAYS_OF_A_WEEK * index + DAYS_OF_A_WEEK - 1)
        return self._first_of_month(index + 1) - timedelta(days=1)

    def literal(self, index: int) -> str:
        """`as_of` of period `index` as SQL."""
        moment = self.as_of(index)
        if isinstance(moment, datetime):
            return f"TIMESTAMP'{moment:%Y-%m-%d %H:%M:%S}+00:00'"
        return f"DATE'{moment}'"

    def sql_shifted(self, as_of: str, periods: int) -> str:
        """SQL of the period `periods` after that of the expression `as_of`, see dbt's macro `period_shift`."""
        match self.unit:
            case "hour":
                return f"timestamp_seconds(unix_seconds({as_of}) + 3600L * ({periods}))"
            case "day":
                return f"date_add({as_of}, {periods})"
            case "week":
                return f"date_add({as_of}, {DAYS_OF_A_WEEK * periods})"
        return f"last_day(add_months({as_of}, {periods}))"

    def ends_at(self, index: int) -> datetime:
        """The moment (UTC) at which period `index` ends: a row of it knows what happened before."""
        if self.unit == "hour":
            return self._midnight(self.first) + timedelta(hours=index + 1)
        return self._midnight(self.as_of(index) + timedelta(days=1))

    def newest_over_at(self, moment: datetime) -> int:
        """The newest period that is over at `moment` (with time zone)."""
        if self.unit == "hour":
            return self.index(moment.astimezone(UTC)) - 1
        return self.index(moment.astimezone(ZoneInfo(self.timezone)).date()) - 1

    def newest_over_on(self, day: date) -> int:
        """The newest period that is over when `day` begins, in the period's time zone."""
        return self.newest_over_at(self._midnight(day))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, datetime.min.time(), ZoneInfo(self.timezone)).astimezone(UTC)

    def _first_of_month(self, index: int) -> date:
        months = self.first.month - 1 + index
        return date(self.first.year + months // MONTHS_OF_A_YEAR, months % MONTHS_OF_A_YEAR + 1, 1)
