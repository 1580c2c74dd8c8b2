"""Which rows are kept out of silver, and why. SQL over a bronze table."""

from lakeloop.config import FileSource, Source
from lakeloop.config.source import Table

from .bronze import ARRIVED_AT, FILE_PATH, INGESTED_AT, RESCUED

# A file of a day arrives at the end of that day, which is that far away in the westernmost time zone.
AHEAD_HOURS = 48
UNREADABLE = f"get_json_object({RESCUED}, '$._corrupt_record') IS NOT NULL"


def reason(source: Source, table: Table) -> str:
    """SQL: why a row goes to quarantine, null for a good one. An unknown field does no harm."""
    others = [name for name in table.required if name not in table.keys]
    reasons = [
        (UNREADABLE, "'line cannot be read'"),
        _named("value does not fit: ", {name: misfit(name) for name in table.columns}),
        _named("key missing: ", {name: f"{name} IS NULL" for name in table.keys}),
        *([_named("", {name: f"{name} IS NULL" for name in others}, " missing")] if others else []),
        (f"{ARRIVED_AT} IS NULL", f"'arrival unknown{_where_it_is_told(source)}'"),
        # or one mistyped folder would complete all periods until then
        (f"{ARRIVED_AT} > {INGESTED_AT} + INTERVAL {AHEAD_HOURS} HOURS", "'arrival in the future'"),
    ]
    if table.event_time:
        late = f"{ARRIVED_AT} + INTERVAL {source.arrival.tolerance} HOURS"
        reasons.append((f"{_event_moment(source, table)} > {late}", "'event time after arrival'"))
    cases = " ".join(f"WHEN {condition} THEN {said}" for condition, said in reasons)
    return f"CASE {cases} END"


def misfit(name: str) -> str:
    """SQL: whether a row's value for a column did not fit and was rescued."""
    return f"get_json_object({RESCUED}, '$.{name}') IS NOT NULL"


def held(name: str) -> str:
    """SQL: whether a row has a value for a column, be it one that did not fit."""
    return f"{name} IS NOT NULL OR {misfit(name)}"


def quarantined(rows: str, columns: list[str]) -> str:
    """SQL: the rows of the quarantine table, from bronze `rows` with their ``_reason``.

    Args:
        columns: of the bronze table.
    """
    own = (FILE_PATH, ARRIVED_AT, INGESTED_AT)
    kept = ", ".join(f"`{name}`" for name in columns if name not in own)
    return (
        f"SELECT to_json(struct({kept})) AS row, _reason AS reason, {', '.join(own)} "
        f"FROM ({rows}) WHERE _reason IS NOT NULL"
    )


def _where_it_is_told(source: Source) -> str:
    if isinstance(source, FileSource) and source.arrival.by == "path":
        return f": no {source.arrival.segment}=YYYY-MM-DD in the path"
    return ""


def _named(before: str, conditions: dict[str, str], after: str = "") -> tuple[str, str]:
    """A case that names each column whose condition holds."""
    names = ", ".join(f"IF({condition}, '{name}', NULL)" for name, condition in conditions.items())
    said = f"concat('{before}', concat_ws(', ', {names}), '{after}')"
    return " OR ".join(f"({condition})" for condition in conditions.values()), said


def _event_moment(source: Source, table: Table) -> str:
    """SQL: the moment of an event; a date, and a time without zone, are local ones of the source's time zone."""
    name = table.event_time
    if name is None or table.columns[name].type == "timestamp":
        return str(name)
    return f"to_utc_timestamp(CAST({name} AS TIMESTAMP), '{source.timezone}')"
