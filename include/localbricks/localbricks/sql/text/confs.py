"""Session settings: Databricks' own names for some of Spark's, and what only the protocol itself reads."""

from collections.abc import Mapping

from ..errors import NOT_SUPPORTED, SqlError

# https://docs.databricks.com/en/sql/language-manual/sql-ref-parameters.html
SPARK_NAMES = {
    "ansi_mode": "spark.sql.ansi.enabled",
    "timezone": "spark.sql.session.timeZone",
    "legacy_time_parser_policy": "spark.sql.legacy.timeParserPolicy",
    "max_file_partition_bytes": "spark.sql.files.maxPartitionBytes",
}
STATEMENT_TIMEOUT = "statement_timeout"
# They change how a result travels or is labelled, never what it is.
_WITHOUT_EFFECT = {"query_tags", "use_cached_result", "enable_photon"}
_PROTOCOL = ("spark.thriftserver.", "spark.sql.thriftserver.")


def spark_conf(configuration: Mapping[str, str] | None) -> dict[str, str]:
    """The Spark settings in a client's configuration. Raises SqlError for a name that means nothing here."""
    conf = {}
    for key, value in (configuration or {}).items():
        name = SPARK_NAMES.get(key.lower(), key)
        if name.startswith("spark.") and not name.startswith(_PROTOCOL):
            conf[name] = value
        elif not name.startswith("spark.") and name.lower() not in _WITHOUT_EFFECT | {STATEMENT_TIMEOUT}:
            raise unknown(key)
    return conf


def timeout_seconds(configuration: Mapping[str, str] | None) -> float | None:
    """How long each statement may run, when the client says so."""
    for key, value in (configuration or {}).items():
        if key.lower() == STATEMENT_TIMEOUT:
            return _seconds(value)
    return None


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError as error:
        text = f"[INVALID_CONF_VALUE] STATEMENT_TIMEOUT is {value!r}, expected seconds. SQLSTATE: 22022"
        raise SqlError(text, "22022", "INVALID_CONF_VALUE") from error
    return seconds if seconds > 0 else None


def unknown(name: str) -> SqlError:
    """The refusal of a session setting that the local workspace does not have."""
    names = ", ".join(sorted([*SPARK_NAMES, *_WITHOUT_EFFECT, STATEMENT_TIMEOUT]))
    text = (
        f"[CONFIG_NOT_AVAILABLE] {name} is no setting of the local workspace; there are spark.* and {names}."
    )
    return SqlError(f"{text} SQLSTATE: {NOT_SUPPORTED}", NOT_SUPPORTED, "CONFIG_NOT_AVAILABLE")
