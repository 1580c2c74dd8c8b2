"""What a Spark server or a classic driver of the local workspace needs to know."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..environment import folders, port, required
from .catalogs import STANDALONE, read_catalogs


class MetastoreSettings(Protocol):
    """The part that every Spark driver of the workspace shares: jars, catalogs, metastore and warehouse."""

    @property
    def jars(self) -> Path: ...
    @property
    def catalog_jar(self) -> Path: ...
    @property
    def catalogs(self) -> tuple[str, ...]: ...
    @property
    def derby_port(self) -> int: ...
    @property
    def warehouse(self) -> str: ...


@dataclass(frozen=True)
class SparkSettings:
    """Settings of the Spark Connect server, read from LOCALBRICKS_* variables."""

    jars: Path
    catalog_jar: Path
    state: Path
    warehouse: str
    port: int = 15002
    derby_port: int = 15270
    memory: str = "1536m"
    data_sources: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = (STANDALONE,)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "SparkSettings":
        """Read the settings; raises SettingsError naming the first variable that is missing or malformed."""
        return cls(
            jars=Path(required(environment, "LOCALBRICKS_JARS")).absolute(),
            catalog_jar=Path(required(environment, "LOCALBRICKS_CATALOG_JAR")).absolute(),
            state=Path(required(environment, "LOCALBRICKS_STATE")).absolute(),
            warehouse=required(environment, "LOCALBRICKS_WAREHOUSE"),
            port=port(environment, "LOCALBRICKS_SPARK_PORT", cls.port),
            derby_port=port(environment, "LOCALBRICKS_DERBY_PORT", cls.derby_port),
            memory=environment.get("LOCALBRICKS_SPARK_MEMORY", cls.memory),
            data_sources=folders(environment, "LOCALBRICKS_DATA_SOURCES"),
            catalogs=read_catalogs(environment),
        )
