"""What Databricks SQL says and Spark does not understand, put into Spark's words; the rest is refused or left alone.

`USE CATALOG` and `SHOW CATALOGS` are not here: every driver of the workspace understands them.
"""

import re
from collections.abc import Callable

from ..errors import not_supported
from .confs import SPARK_NAMES, STATEMENT_TIMEOUT
from .names import NAME, parts_of, quoted
from .tokens import without_comments, without_strings

_COLUMN_NAME = rf"({NAME}\.(?:`[^`]+`|\w+))"

_ONLY_ON_A_WORKSPACE = [
    (r"(?P<what>GRANT|REVOKE|DENY|SHOW\s+GRANTS?)\b", "it knows no privileges"),
    (rf"ALTER\s+\w+\s+{NAME}\s+(?P<what>(SET\s+)?OWNER)\s+TO\b", "its objects have no owners"),
    (r"(ALTER\s.*\b)?(?P<what>(SET|UNSET)\s+TAGS?)\b", "it keeps no tags"),
    (r"(?P<what>CREATE\s+(EXTERNAL\s+LOCATION|SHARE|RECIPIENT|VOLUME))\b", "it needs a hosted workspace"),
    (
        rf"ALTER\s+TABLE\s+{NAME}\s+ADD\s+(CONSTRAINT\s+(`[^`]+`|\w+)\s+)?(?P<what>(PRIMARY|FOREIGN)\s+KEY)\b",
        "it keeps no keys; leave the constraint out",
    ),
    (
        r"(?P<what>(CREATE|DROP)\s+CATALOG)\b",
        "its catalogs are fixed when it starts; SHOW CATALOGS lists them",
    ),
    (
        rf"INSERT\s+(WITH\s+SCHEMA\s+EVOLUTION\s+)?(INTO\s+)?(TABLE\s+)?{NAME}(\s+(AS\s+)?\w+)??(\s+BY\s+NAME)?"
        r"\s+(?P<what>REPLACE\s+(ON|USING))\b",
        "write MERGE, or INSERT ... REPLACE WHERE (dbt: incremental_strategy merge or insert_overwrite)",
    ),
    (r"(?P<what>COPY\s+INTO)\b", "read the files with cloudFiles, or INSERT ... SELECT FROM json.`path`"),
    (
        r"CREATE\s+(OR\s+(REPLACE|REFRESH)\s+)?(?P<what>STREAMING\s+TABLE|MATERIALIZED\s+VIEW)\b",
        "it needs a pipeline",
    ),
]


def to_spark(sql: str) -> str:
    """The statement for Spark. Raises SqlError (SQLSTATE 0A000) for what only a real workspace can run."""
    bare, said = without_comments(sql), without_strings(sql)
    for pattern, instead in _ONLY_ON_A_WORKSPACE:
        refused = re.match(pattern, said, re.I | re.S)
        if refused:
            raise not_supported(re.sub(r"\s+", " ", refused["what"]).upper(), instead)
    for pattern, rewritten in _RULES:
        match = re.match(pattern, bare, re.I | re.S)
        if match:
            return rewritten(match)
    return sql


def _comment_on_column(match: re.Match[str]) -> str:
    *table, column = parts_of(match[1])
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted([column])} COMMENT {match[2]}"


def _set_parameter(match: re.Match[str]) -> str:
    name = match[1].lower()
    if name == STATEMENT_TIMEOUT:
        raise not_supported("SET STATEMENT_TIMEOUT", "give it in the connection's session configuration")
    return f"SET {SPARK_NAMES[name]} = {match[2]}"


_RULES: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (rf"COMMENT\s+ON\s+COLUMN\s+{_COLUMN_NAME}\s+IS\s+(.+)$", _comment_on_column),
    (rf"SET\s+({'|'.join([*SPARK_NAMES, STATEMENT_TIMEOUT])})\s*=\s*(.+)$", _set_parameter),
]
