"""What every Python process of a task does first; a line in its environment imports this module."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TextIO, cast

from localbricks_redaction import RedactedStream, Redaction

# Databricks' own build of pyspark has modules that the public one has not.
MODULES = {"pyspark.dbutils": Path(__file__).with_name("pyspark_dbutils.py")}


class RuntimeModules(MetaPathFinder):
    """Finds Databricks' modules where no library has one of that name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the import system asks."""
        file = MODULES.get(fullname)
        return spec_from_file_location(fullname, file) if file else None


def begin() -> None:
    """Make the runtime's modules importable, and hide secrets in what is printed."""
    sys.meta_path.append(RuntimeModules())
    redaction = Redaction.from_environment()
    if redaction:
        sys.stdout = cast(TextIO, RedactedStream(sys.stdout, redaction))
        sys.stderr = cast(TextIO, RedactedStream(sys.stderr, redaction))


begin()
