"""What Databricks SQL says and Spark does not understand, put into Spark's words; the rest is refused or left alone.

The catalog `hive_metastore` is Spark's `spark_catalog`: both names work, in any statement.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from .confs import SPARK_NAMES, STATEMENT_TIMEOUT
from .errors import SqlError, not_supported
from .names import NAME, parts_of, quoted
from .tokens import Token, tokens, without_comments, without_strings

CATALOG = "hive_metastore"
SPARK_CATALOG = "spark_catalog"
CATALOGS = (CATALOG, SPARK_CATALOG)
# Before one of these words, a catalog's name stands alone.
_BEFORE_CATALOG = {"catalog", "in", "from", "use"}
_NAME = f"({NAME})"
_COLUMN_NAME = rf"({NAME}\.(?:`[^`]+`|\w+))"

_ONLY_ON_A_WORKSPACE = [
    (r"(?P<what>GRANT|REVOKE|DENY|SHOW\s+GRANTS?)\b", "privileges need Unity Catalog"),
    (rf"ALTER\s+\w+\s+{NAME}\s+(?P<what>(SET\s+)?OWNER)\s+TO\b", "owners need Unity Catalog"),
    (r"(ALTER\s.*\b)?(?P<what>(SET|UNSET)\s+TAGS?)\b", "tags need Unity Catalog"),
    (r"(?P<what>CREATE\s+(EXTERNAL\s+LOCATION|SHARE|RECIPIENT|CATALOG|VOLUME))\b", "it needs Unity Catalog"),
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
            return map_catalog(rewritten(match))
    return map_catalog(sql)


def _set_catalog(match: re.Match[str]) -> str:
    name = match[1].strip("`").lower()
    if name not in CATALOGS:
        raise no_such_catalog(name)
    return f"USE {SPARK_CATALOG}.default"


def _rename_view(match: re.Match[str]) -> str:
    # Spark refuses a catalog in the new name of a view.
    return f"ALTER VIEW {match[1]} RENAME TO {quoted(parts_of(match[2])[-2:])}"


def _comment_on_column(match: re.Match[str]) -> str:
    *table, column = parts_of(match[1])
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted([column])} COMMENT {match[2]}"


def _show_catalogs(match: re.Match[str]) -> str:
    # In SHOW's patterns * is any text and | separates alternatives.
    globs = (match[1] or "*").lower().split("|")
    shown = any(fnmatchcase(CATALOG, glob.strip()) for glob in globs)
    return f"SELECT catalog FROM VALUES ({CATALOG!r}) AS catalogs(catalog) WHERE {str(shown).upper()}"


def _current_catalog(match: re.Match[str]) -> str:
    return f"SELECT {CATALOG!r} AS `current_catalog()`"


def _set_parameter(match: re.Match[str]) -> str:
    name = match[1].lower()
    if name == STATEMENT_TIMEOUT:
        raise not_supported("SET STATEMENT_TIMEOUT", "give it in the connection's session configuration")
    return f"SET {SPARK_NAMES[name]} = {match[2]}"


_RULES: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (rf"(?:USE|SET)\s+CATALOG\s+{_NAME}$", _set_catalog),
    (rf"ALTER\s+VIEW\s+{_NAME}\s+RENAME\s+TO\s+{_NAME}$", _rename_view),
    (rf"COMMENT\s+ON\s+COLUMN\s+{_COLUMN_NAME}\s+IS\s+(.+)$", _comment_on_column),
    (r"SHOW\s+CATALOGS(?:\s+(?:LIKE\s+)?'([^']*)')?$", _show_catalogs),
    (r"SELECT\s+CURRENT_CATALOG\(\)$", _current_catalog),
    (rf"SET\s+({'|'.join([*SPARK_NAMES, STATEMENT_TIMEOUT])})\s*=\s*(.+)$", _set_parameter),
]


def no_such_catalog(name: str) -> SqlError:
    """The error for a catalog that the local workspace does not have."""
    text = f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{name}' was not found; there is {CATALOG}. SQLSTATE: 42704"
    return SqlError(text, "42704", "NO_SUCH_CATALOG_EXCEPTION")


def map_catalog(sql: str) -> str:
    """`sql` with Spark's own catalog in place of `hive_metastore`. Refuses `information_schema` by name."""
    parts = list(tokens(sql))
    code = [i for i, token in enumerate(parts) if token.kind not in ("space", "comment")]
    for place, index in enumerate(code):
        before = parts[code[place - 1]] if place else None
        after = parts[code[place + 1]] if place + 1 < len(code) else None
        if parts[index].name == CATALOG and _is_catalog(before, after):
            parts[index] = Token("word", SPARK_CATALOG)
        if parts[index].name == "information_schema" and after is not None and after.text == ".":
            raise not_supported("information_schema", "ask with SHOW SCHEMAS, SHOW TABLES or DESCRIBE")
    return "".join(token.text for token in parts)


def _is_catalog(before: Token | None, after: Token | None) -> bool:
    if before is not None and before.text == ".":
        return False
    if after is not None and after.text == ".":
        return True
    return before is not None and before.name in _BEFORE_CATALOG
