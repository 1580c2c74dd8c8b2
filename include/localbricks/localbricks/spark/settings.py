"""What a Spark server or a classic driver of the local workspace needs to know."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .catalogs import STANDALONE, read_catalogs
from .errors import SettingsError


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
        entries = environment.get("LOCALBRICKS_DATA_SOURCES", "").split(os.pathsep)
        return cls(
            jars=Path(_required(environment, "LOCALBRICKS_JARS")).absolute(),
            catalog_jar=Path(_required(environment, "LOCALBRICKS_CATALOG_JAR")).absolute(),
            state=Path(_required(environment, "LOCALBRICKS_STATE")).absolute(),
            warehouse=_required(environment, "LOCALBRICKS_WAREHOUSE"),
            port=_port(environment, "LOCALBRICKS_SPARK_PORT", cls.port),
            derby_port=_port(environment, "LOCALBRICKS_DERBY_PORT", cls.derby_port),
            memory=environment.get("LOCALBRICKS_SPARK_MEMORY", cls.memory),
            data_sources=tuple(str(Path(entry).absolute()) for entry in entries if entry),
            catalogs=read_catalogs(environment),
        )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set; the Spark server cannot start without it")
    return value


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SettingsError(f"{name} is {value!r}; expected a TCP port between 1 and 65535")
    return int(value)
