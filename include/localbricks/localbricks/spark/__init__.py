"""The real Spark behind the local workspace: one Connect server, and classic drivers on its metastore."""

from ..environment import SettingsError
from .catalogs import HIVE_METASTORE, STANDALONE, read_catalogs
from .conf import classic_conf, connect_conf, write_classic_conf
from .home import spark_home
from .server import ServerError, connect_command, spark_remote
from .settings import SparkSettings
from .uptime import started_at

__all__ = [
    "HIVE_METASTORE",
    "STANDALONE",
    "ServerError",
    "SettingsError",
    "SparkSettings",
    "classic_conf",
    "connect_command",
    "connect_conf",
    "read_catalogs",
    "spark_home",
    "spark_remote",
    "started_at",
    "write_classic_conf",
]
