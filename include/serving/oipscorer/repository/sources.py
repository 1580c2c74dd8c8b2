"""Where a version comes from, as the command line and a load request say it."""

import re
from pathlib import Path

from msgspec import Struct

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Source(Struct, frozen=True):
    """A version to be: `missing` says whether null may stand for a missing value."""

    name: str
    number: str
    folder: Path
    missing: bool = False


def parsed_source(text: str, missing: bool) -> Source:
    """``arrivals=FOLDER@3``, or ``arrivals=FOLDER`` for version 1. Raises ValueError, also for a missing folder."""
    name, equals, rest = text.partition("=")
    if not equals or not NAME.fullmatch(name):
        raise ValueError(
            f"{text!r}, expected NAME=FOLDER or NAME=FOLDER@VERSION; a name matches {NAME.pattern}"
        )
    folder, at, number = rest.rpartition("@")
    if not at or not NAME.fullmatch(number):  # the sign may be part of a folder's name
        folder, number = rest, "1"
    if not Path(folder).is_dir():
        raise ValueError(f"{text!r}: there is no folder {folder}, expected one that MLflow wrote")
    return Source(name, number, Path(folder), missing)
