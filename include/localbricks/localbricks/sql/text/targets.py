"""What a statement changes, as far as its name alone decides."""

import re

from .names import NAME, parts_of
from .tokens import without_comments

_CHANGES = re.compile(
    r"(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:EXTERNAL\s+)?(?:TABLE|VIEW)(?:\s+IF\s+NOT\s+EXISTS)?"
    r"|REPLACE\s+TABLE|DROP\s+(?:TABLE|VIEW)(?:\s+IF\s+EXISTS)?|TRUNCATE\s+TABLE|ALTER\s+(?:TABLE|VIEW)"
    r"|INSERT\s+(?:INTO|OVERWRITE)(?:\s+TABLE)?|MERGE\s+INTO|UPDATE|DELETE\s+FROM)"
    rf"\s+(?P<target>{NAME})",
    re.I | re.S,
)


def unqualified_target(sql: str) -> str | None:
    """Return the table or view that the statement writes, when its name leaves the schema open."""
    match = _CHANGES.match(without_comments(sql))
    if match is None or len(parts_of(match["target"])) > 1:
        return None
    return match["target"]
