"""Which version of a row wins. SQL that depends on what arrived and when, never on the order of ingestion.

A version outranks another by the table's rule (`corrections`), then by its arrival, then by its content. The winner is
the highest of all that ever arrived, so that bringing in files one by one, in any order, ends where a full load ends.
"""

from lakeloop.config.source import FIRST_ARRIVAL, NEWEST_ARRIVAL, Column, Table

from .bronze import ARRIVED_AT, FILE_PATH, INGESTED_AT, RESCUED

Literal = int | float | str | bool


def cleaned(table: Table) -> str:
    """The declared columns, typed and filled, with when they arrived and were ingested."""
    columns = [f"{_value(name, column)} AS {name}" for name, column in table.columns.items()]
    return ", ".join([*columns, ARRIVED_AT, INGESTED_AT])


def content(table: Table, of: str = "") -> str:
    """All columns but the keys, as one value that can be compared; `of` is ``t.`` for the columns of ``t``."""
    columns = [
        f"'{name}', {_comparable(f'{of}{name}', column)}"
        for name, column in table.columns.items()
        if name not in table.keys
    ]
    return f"named_struct({', '.join(columns)})" if columns else "named_struct('nothing', 0)"


def rank(table: Table, of: str = "") -> str:
    """What a version is compared by; the highest wins. A value that is missing is the lowest."""
    arrival = f"unix_micros({of}{ARRIVED_AT})"
    first = {NEWEST_ARRIVAL: "0", FIRST_ARRIVAL: f"-{arrival}"}.get(
        table.corrections, f"{of}{table.corrections}"
    )
    return f"named_struct('first', {first}, 'arrival', {arrival}, 'content', {content(table, of)})"


def best(table: Table, rows: str) -> str:
    """SQL: of the good rows among the bronze `rows` (with their ``_reason``) the best of each key, as silver has it."""
    columns = ", ".join([*table.columns, ARRIVED_AT, INGESTED_AT])
    return f"SELECT {columns} FROM ({_placed(table, rows)}) WHERE _place = 1 AND _reason IS NULL"


def judged(table: Table, rows: str, silver: str) -> str:
    """SQL: each of the bronze `rows` (with their ``_reason``) and ``_class``, what it is for the table `silver`.

    ``_class``: quarantined, added, corrected, outdated (another version outranks it) or duplicate. ``_wins``: the one
    row of a key that silver takes, also when it is a duplicate that only arrived later. ``_present``: silver's own row.
    """
    match = " AND ".join(f"t.{key} = s.{key}" for key in table.keys)
    return f"""
        WITH beside AS (
            SELECT s.*, struct(t.*) AS _present, {content(table, "t.")} AS _present_content,
                t.{INGESTED_AT} IS NULL AS _unknown,
                t.{INGESTED_AT} IS NULL OR s._best > {rank(table, "t.")} AS _outranks
            FROM ({_placed(table, rows)}) s LEFT JOIN {silver} t ON s._reason IS NULL AND {match}
        )
        SELECT *,
            CASE
                WHEN _reason IS NOT NULL THEN 'quarantined'
                WHEN NOT _outranks THEN IF(_rank.content <=> _present_content, 'duplicate', 'outdated')
                WHEN _place > 1 THEN IF(_rank.content <=> _best.content, 'duplicate', 'outdated')
                WHEN _unknown THEN 'added'
                WHEN _rank.content <=> _present_content THEN 'duplicate'
                ELSE 'corrected'
            END AS _class,
            _reason IS NULL AND _place = 1 AND _outranks AS _wins
        FROM beside"""


def _placed(table: Table, rows: str) -> str:
    """SQL: the rows, cleaned, with their place among those of their key, and the rank of the best of these."""
    of_one_key = f"PARTITION BY {', '.join(table.keys)}, _reason IS NULL"
    return f"""
        SELECT *,
            row_number() OVER best_first AS _place,
            first_value(_rank) OVER best_first AS _best
        FROM (
            SELECT *, {rank(table)} AS _rank
            FROM (SELECT {cleaned(table)}, {FILE_PATH}, {RESCUED}, _reason FROM ({rows}))
        )
        WINDOW best_first AS (
            {of_one_key} ORDER BY _rank DESC, {INGESTED_AT} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )"""


def _value(name: str, column: Column) -> str:
    typed = f"CAST({name} AS {column.type})"
    return (
        typed if column.fill is None else f"coalesce({typed}, CAST({_quoted(column.fill)} AS {column.type}))"
    )


def _comparable(expression: str, column: Column) -> str:
    return f"to_json({expression})" if "map<" in column.type else expression  # Spark orders no maps


def _quoted(value: Literal) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return str(value).lower()
