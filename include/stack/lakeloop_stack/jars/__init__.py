"""The Java archives of Spark, the S3 server and Kafka: which they are, and where they lie once fetched.

``ivy.xml`` pins them, ``jars.sha256`` has the sum of each (``sha256sum --check`` reads it too).
"""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from localbricks.spark.catalog_jar import sources_digest

from ..machine.java import java_program, java_version

HERE = Path(__file__).resolve().parent
IVY_FILE, SUMS_FILE = HERE / "ivy.xml", HERE / "jars.sha256"


@dataclass(frozen=True)
class Jars:
    """A complete, checked set of jars below `root`."""

    root: Path

    @property
    def spark(self) -> Path:
        """Folder of the jars on Spark's class path."""
        return self.root / "spark"

    @property
    def compiler(self) -> Path:
        """The Java compiler."""
        return next((self.root / "compiler").glob("ecj-*.jar"))

    @property
    def catalog(self) -> Path:
        """The classes behind the workspace's catalogs, once `ensure_catalog` has compiled them.

        The folder's name is a digest of what they are made from: sources, the jars beside them, the Java runtime.
        """
        made_from = f"{sources_digest()} {self.root.name} {java_version(java_program())}"
        return self.root.parent / f"catalog-{sha256(made_from.encode()).hexdigest()[:16]}" / "catalog.jar"

    @property
    def kafka(self) -> Path:
        """Folder of the broker's class path: it brings its own versions of what Spark has too."""
        return self.root / "kafka"

    @property
    def s3proxy(self) -> Path:
        """The S3 server, in a folder of its own: it brings its own versions of what Spark has too."""
        return next((self.root / "s3proxy").glob("s3proxy-*.jar"))


def cache_folder() -> Path:
    """Per-user folder of all sets: ``${XDG_CACHE_HOME:-~/.cache}/lakeloop/jars``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lakeloop" / "jars"


def set_name(ivy_file: Path = IVY_FILE, sums_file: Path = SUMS_FILE) -> str:
    """Name of the folder of exactly this set: a digest of what is wanted, so that versions never mix."""
    return sha256(ivy_file.read_bytes() + sums_file.read_bytes()).hexdigest()[:16]
