"""What the local workspace needs to know, read from LOCALBRICKS_* variables."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .environment import LOOPBACK, folders, loopback, port, required
from .spark import STANDALONE, read_catalogs, spark_remote


@dataclass(frozen=True)
class WorkspaceSettings:
    """Settings of the workspace process. The token is left out of its ``repr``, so that no log can show it.

    Args:
        scorer: command that starts a scorer of Model Serving, to which options are added; empty turns Serving off.
        registry: ``http://HOST:PORT`` of the MLflow server whose registered models are served.
        serving_minute_seconds: what the exported metrics of Serving call a minute.
    """

    state: Path
    token: str = field(repr=False)
    jars: Path
    catalog_jar: Path
    warehouse: str
    host: str = LOOPBACK
    port: int = 8443
    spark_port: int = 15002
    derby_port: int = 15270
    user: str = "local@lakeloop"
    driver_memory: str = "1g"
    cancel_grace_seconds: float = 5.0
    secrets: Path | None = None
    data_sources: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = (STANDALONE,)
    scorer: tuple[str, ...] = ()
    registry: str | None = None
    serving_minute_seconds: float = 60.0

    @property
    def url(self) -> str:
        """Address under which clients on this machine reach the workspace."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def remote(self) -> str:
        """Address of the Spark Connect server; clients have its token in SPARK_CONNECT_AUTHENTICATE_TOKEN."""
        return spark_remote(self.spark_port)

    @property
    def workspace_root(self) -> Path:
        """Folder whose files are the workspace's: ``/Shared/x`` is ``<root>/Shared/x``."""
        return self.state / "workspace"

    @property
    def runs(self) -> Path:
        """Folder of the run folders, one per task run and one per job run (for its task values)."""
        return self.state / "runs"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "WorkspaceSettings":
        """Read the settings; raises SettingsError naming the first variable that is missing or malformed."""
        secrets = environment.get("LOCALBRICKS_SECRETS", "")
        return cls(
            state=Path(required(environment, "LOCALBRICKS_STATE")).absolute(),
            token=required(environment, "LOCALBRICKS_TOKEN"),
            jars=Path(required(environment, "LOCALBRICKS_JARS")).absolute(),
            catalog_jar=Path(required(environment, "LOCALBRICKS_CATALOG_JAR")).absolute(),
            warehouse=required(environment, "LOCALBRICKS_WAREHOUSE"),
            host=loopback(environment, "LOCALBRICKS_HOST"),
            port=port(environment, "LOCALBRICKS_PORT", cls.port),
            spark_port=port(environment, "LOCALBRICKS_SPARK_PORT", cls.spark_port),
            derby_port=port(environment, "LOCALBRICKS_DERBY_PORT", cls.derby_port),
            user=environment.get("LOCALBRICKS_USER", cls.user),
            driver_memory=environment.get("LOCALBRICKS_DRIVER_MEMORY", cls.driver_memory),
            secrets=Path(secrets).absolute() if secrets else None,
            data_sources=folders(environment, "LOCALBRICKS_DATA_SOURCES"),
            catalogs=read_catalogs(environment),
            scorer=tuple(shlex.split(environment.get("LOCALBRICKS_SCORER", ""))),
            serving_minute_seconds=float(environment.get("LOCALBRICKS_SERVING_MINUTE_SECONDS", "60")),
            registry=environment.get("MLFLOW_REGISTRY_URI") or environment.get("MLFLOW_TRACKING_URI"),
        )
