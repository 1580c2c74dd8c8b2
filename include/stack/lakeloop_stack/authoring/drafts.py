"""What a new source or a new use case is drawn up from: samples, and the answers of whoever asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeVar

from lakeloop.config.base import known_timezone

from .samples import Sample

Unit = Literal["hour", "day", "week", "month"]
Prediction = Literal["total", "inactivity"]
MEASURES_AT_MOST = 3
# Numbers that say when, in files that spell a date out in columns; their sums say nothing.
PARTS_OF_A_DATE = frozenset(
    {"year", "quarter", "month", "week", "weekday", "day", "hour", "minute", "second"}
)
# Columns that the models which are drawn up make themselves; the first is in each of them.
PERIOD = "as_of"
MADE = frozenset({PERIOD, "period", "events", "first_period", "last_period", "active_period"})


class DraftError(ValueError):
    """A use case cannot be drawn up like this; the message says which flag to give and what there is."""


@dataclass(frozen=True)
class Rhythm:
    """How long things take in periods of one unit, where nobody said otherwise; `windows` are those of the features."""

    active: int
    horizon: int
    holdout: int
    early_stopping: int
    min_train: int
    windows: tuple[int, ...]


RHYTHMS: dict[Unit, Rhythm] = {
    "hour": Rhythm(168, 24, 168, 72, 336, (6, 24, 168)),
    "day": Rhythm(28, 7, 28, 14, 56, (7, 28, 91)),
    "week": Rhythm(8, 4, 8, 4, 12, (4, 13, 26)),
    "month": Rhythm(6, 1, 3, 2, 8, (1, 3, 12)),
}


PREDICTIONS: tuple[Prediction, ...] = ("total", "inactivity")
REPLAYED_DAYS = 30  # files whose newest row is older than this were copied long after they first arrived
C = TypeVar("C", bound=str)


def one_of(flag: str, given: str, allowed: Iterable[C]) -> C:
    """`given`, when it is allowed. Raises DraftError naming the flag and what is."""
    known = list(allowed)
    for value in known:
        if value == given:
            return value
    raise DraftError(f"{flag} {given}: expected one of {', '.join(known)}")


@dataclass(frozen=True)
class SourceDraft:
    """A source of one or more tables."""

    name: str
    samples: Sequence[Sample]
    owner: str
    timezone: str

    @property
    def arrives_by_path(self) -> bool:
        """Whether the day of arrival has to be read from the path: the samples are of long ago."""
        newest = max((days(sample)[1] for sample in self.samples if sample.event_time), default=date.today())
        return (date.today() - newest).days > REPLAYED_DAYS


@dataclass(frozen=True)
class UseCaseDraft:
    """A question about the entities of one table of events.

    Args:
        entity: key columns of `events`.
        measure: column whose total is predicted, None for the number of events.
        first: first day of period 0; the first day of the sample unless given.
    """

    name: str
    source: str
    events: Sample
    entity: tuple[str, ...]
    unit: Unit
    first: date
    timezone: str
    predicts: Prediction
    measure: str | None
    active: int
    horizon: int
    owner: str

    @property
    def rhythm(self) -> Rhythm:
        """The defaults of the unit."""
        return RHYTHMS[self.unit]

    @property
    def windows(self) -> tuple[int, ...]:
        """Periods that features look back on; the active ones are among them."""
        return tuple(sorted({*self.rhythm.windows, self.active}))

    @property
    def measures(self) -> list[str]:
        """At most three columns that features add up: the predicted one first."""
        none = {*self.entity, self.measure, *PARTS_OF_A_DATE, *MADE}
        others = [name for name in self.events.numbers if name not in none]
        return [*([self.measure] if self.measure else []), *others][:MEASURES_AT_MOST]

    @property
    def label(self) -> str:
        """``total_amount_next_7``, or ``inactive_next_4``."""
        if self.predicts == "inactivity":
            return f"inactive_next_{self.horizon}"
        return f"total_{self.measure or 'events'}_next_{self.horizon}"


def draft_use_case(
    name: str,
    source: str,
    samples: Sequence[Sample],
    entity: tuple[str, ...],
    unit: Unit,
    **answers: Any,
) -> UseCaseDraft:
    """Put defaults where there is no answer.

    Args:
        answers: `events` (name of the table with events), `measure`, `predicts`, `first`, `timezone`, `active`,
            `horizon`, `owner`; each may be None.

    Raises:
        DraftError: no table has an event time, a column that was named is not there or would be there twice, or there
            is no such time zone.
    """
    timezone = _timezone(answers.get("timezone") or "UTC")
    events = _events(samples, answers.get("events"))
    measure = answers.get("measure")
    _require_columns(events, "--entity", entity)
    _require_columns(events, "--measure", (measure,) if measure else ())
    _require_free(events, (*entity, *((measure,) if measure else ())))
    if measure and measure not in events.numbers:
        raise DraftError(
            f"--measure {measure}: is {events.columns[measure]}; numbers are {_list(events.numbers)}"
        )
    first, last = days(events)
    rhythm = RHYTHMS[unit]
    draft = UseCaseDraft(
        name=name,
        source=source,
        events=events,
        entity=entity,
        unit=unit,
        first=_beginning(answers.get("first") or first, unit),
        timezone=timezone,
        predicts=answers.get("predicts") or "total",
        measure=measure,
        active=answers.get("active") or rhythm.active,
        horizon=answers.get("horizon") or rhythm.horizon,
        owner=answers.get("owner") or "data-science",
    )
    _require_data(draft, last)
    return draft


def _events(samples: Sequence[Sample], name: str | None) -> Sample:
    timed = {sample.table: sample for sample in samples if sample.event_time}
    if name is None and len(timed) == 1:
        return next(iter(timed.values()))
    if name in timed:
        return timed[name]
    if not timed:
        raise DraftError(
            "no table has a column with a date or a moment, so nothing says when a row happened; "
            "name one with --event-time TABLE=COLUMN"
        )
    raise DraftError(
        f"--events {name or '(missing)'}: expected the table whose rows are events: {_list(timed)}"
    )


def _require_columns(sample: Sample, flag: str, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in sample.columns]
    if missing:
        raise DraftError(
            f"{flag} {_list(missing)}: no such column in {sample.table}; it has {_list(sample.columns)}"
        )


def _require_free(sample: Sample, named: Sequence[str]) -> None:
    twice = [name for name in sample.columns if name == PERIOD or (name in MADE and name in named)]
    if twice:
        raise DraftError(
            f"{sample.file}: column {_list(twice)} would be there twice: the models make columns of that name; rename "
            "it where the file is made"
        )


def _timezone(name: str) -> str:
    try:
        return known_timezone(name)
    except ValueError as error:
        raise DraftError(f"--timezone {name}: {error}") from None


def days(sample: Sample) -> tuple[date, date]:
    """The days of its oldest and of its newest event. Raises DraftError when there is none."""
    column = sample.rows.column(sample.event_time).to_pandas().dropna()
    if column.empty:
        raise DraftError(f"{sample.file}: {sample.event_time} is empty in every row")
    first, last = (
        moment.date() if hasattr(moment, "date") else moment for moment in (column.min(), column.max())
    )
    return first, last


def _beginning(day: date, unit: Unit) -> date:
    return day.replace(day=1) if unit == "month" else day


def _require_data(draft: UseCaseDraft, last: date) -> None:
    """Data from before the clock begins belong to no period."""
    if draft.first > last:
        raise DraftError(
            f"--first {draft.first}: the sample's newest row is of {last}; expected a day until then"
        )


def _list(names: Sequence[str] | Any) -> str:
    return ", ".join(names) or "none"
