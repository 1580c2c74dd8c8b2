"""The Spark distribution that comes inside the pyspark package."""

from importlib.util import find_spec
from pathlib import Path

PROGRAMS = ("bin", "jars")


def spark_home() -> Path:
    """Return the folder of the Spark distribution inside the installed pyspark package."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package pyspark is not installed; install lakeloop[local]")
    return Path(spec.origin).parent


def lean_home(folder: Path) -> Path:
    """Make `folder` a SPARK_HOME of links, without the zipped second copy of pyspark; returns it.

    Spark puts that copy first on the path of each Python process it starts, and Python compiles what it imports from
    a zip every time: half a second each, six times as long as importing the installed package.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        link, target = folder / name, spark_home() / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    return folder
