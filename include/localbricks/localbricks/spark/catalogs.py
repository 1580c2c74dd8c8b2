"""The catalogs of the workspace: their names, and how Spark is told of them.

The classes behind them are Java (`java/localbricks/catalog`); :mod:`localbricks.spark.catalog_jar` compiles them.
"""

import re
from collections.abc import Mapping

from .errors import SettingsError

VARIABLE = "LOCALBRICKS_CATALOGS"
STANDALONE = "main"
HIVE_METASTORE = "hive_metastore"
# Databases of the metastore are called <catalog>__<schema>: a catalog's name must show where it ends.
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TAKEN = (HIVE_METASTORE, "spark_catalog", "system", "session", "global_temp")
_CLASS = "localbricks.catalog.WorkspaceCatalog"


def read_catalogs(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The catalogs that LOCALBRICKS_CATALOGS names, ``dev,staging``; the first is the workspace's default.

    Raises SettingsError for a name that is malformed, taken, or there twice.
    """
    names = tuple(name.strip() for name in environment.get(VARIABLE, STANDALONE).split(","))
    for name in names:
        if not _NAME.fullmatch(name) or name in _TAKEN or names.count(name) > 1:
            raise SettingsError(
                f"{VARIABLE} is {environment[VARIABLE]!r}: {name!r} is no name for a catalog; expected distinct names "
                f"of lower-case letters and digits, joined by single underscores, none of {', '.join(_TAKEN)}"
            )
    return names


def catalogs_conf(catalogs: tuple[str, ...]) -> dict[str, str]:
    """Spark's settings for these catalogs, for `hive_metastore` (old two-level names) and for `system`."""
    delta, ours = "io.delta.sql.DeltaSparkSessionExtension", "localbricks.catalog.WorkspaceExtensions"
    return {
        "spark.sql.extensions": f"{delta},{ours}",
        "spark.sql.defaultCatalog": catalogs[0],
        **{f"spark.sql.catalog.{name}": _CLASS for name in (*catalogs, HIVE_METASTORE)},
        f"spark.sql.catalog.{HIVE_METASTORE}.prefixed": "false",
        "spark.sql.catalog.system": "localbricks.catalog.information.SystemCatalog",
        # What the catalogs stand on: Delta's own catalog, on the databases of the metastore.
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
