"""A Delta version that is read after its time: Delta says so in many ways, this module in one."""

from collections.abc import Iterator
from contextlib import contextmanager

# How Delta and Spark say that a version's log, or a file of it, is not there any more.
GONE = (
    "DELTA_VERSION_NOT_FOUND",
    "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION",
    "DELTA_TRUNCATED_TRANSACTION_LOG",
    "DELTA_FILE_NOT_FOUND",
    "DELTA_FILE_NOT_FOUND_DETAILED",
    "FAILED_READ_FILE.FILE_NOT_EXIST",
    "FAILED_READ_FILE.DBR_FILE_NOT_EXIST",
)


class VersionGoneError(LookupError):
    """Delta holds a version no more: its files were vacuumed, its log was cleaned up, or the table was made anew."""


@contextmanager
def needing(table: str, version: int, what: str) -> Iterator[None]:
    """Reads of `version` of `table` in this block that come too late raise VersionGoneError.

    Args:
        what: what the version is, for the message: "what ... trains on".
    """
    try:
        yield
    except Exception as error:
        condition = _condition(error)
        if condition not in GONE:
            raise
        raise VersionGoneError(
            f"version {version} of {table}, {what}, is gone from Delta ({condition}): a VACUUM removed its files, its "
            "log was cleaned up, or the table was made anew. Run the transform to publish the present rows. The rows "
            "of a version that was trained are in its DVC snapshot, see lakeloop reproduce; the job vacuum keeps what "
            "is needed, a plain VACUUM does not know."
        ) from error


def says_gone(error: BaseException) -> bool:
    """Whether an error of any engine, a warehouse's too, says that a version is not there any more."""
    return any(name in str(error) for name in GONE)


def _condition(error: BaseException) -> str | None:
    """Spark's name for the error, also where it only stands in the message of a stage that failed for it."""
    condition = getattr(error, "getCondition", None)
    if condition is None:  # none of Spark's
        return None
    said = str(error)
    return next((name for name in GONE if f"[{name}]" in said), condition())
