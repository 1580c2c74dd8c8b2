"""The folders of a stack's home."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

# A Unix socket's path may have 107 bytes (sun_path); supervisord first binds to "<path>.<pid>".
SOCKET_PATH_LIMIT = 107 - len(".4194304")


@dataclass(frozen=True)
class Home:
    """Where one stack keeps its state, below `root`."""

    root: Path

    @property
    def logs(self) -> Path:
        """One ``<service>.log`` each, and ``supervisord.log``."""
        return self.root / "log"

    @property
    def s3(self) -> Path:
        """The objects, one file each, in one folder per bucket."""
        return self.root / "s3"

    @property
    def spark(self) -> Path:
        """The metastore, Spark's conf and scratch space."""
        return self.root / "spark"

    @property
    def localbricks(self) -> Path:
        """Run state, run folders and workspace files."""
        return self.root / "localbricks"

    @property
    def mlflow(self) -> Path:
        """MLflow's database; artifacts are in S3."""
        return self.root / "mlflow"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME: database and task logs."""
        return self.root / "airflow"

    @property
    def kafka(self) -> Path:
        """The broker's conf, certificates and topics; made when it is first started."""
        return self.root / "kafka"

    @property
    def scoring(self) -> Path:
        """What the scorers serve, and what the streams are told; made when they are first started."""
        return self.root / "scoring"

    @property
    def redis(self) -> Path:
        """Redis' conf and append-only files; made when it is first started."""
        return self.root / "redis"

    @property
    def supervisor(self) -> Path:
        """What supervisord and the services' launcher read."""
        return self.root / "supervisor"

    @property
    def build(self) -> Path:
        """The wheel, and what it was built from."""
        return self.root / "build"

    @property
    def socket(self) -> Path:
        """Where supervisord listens: in the home, unless its path is too long for a socket."""
        inside = self.supervisor / "supervisor.sock"
        return inside if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT else self._short_socket()

    def make(self) -> None:
        """Create all folders."""
        for folder in (
            self.logs,
            self.s3,
            self.spark,
            self.localbricks,
            self.mlflow,
            self.airflow,
            self.supervisor,
            self.build,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        if self.socket.parent != self.supervisor:
            self.socket.parent.mkdir(mode=0o700, exist_ok=True)

    def _short_socket(self) -> Path:
        """``$XDG_RUNTIME_DIR/lakeloop-<digest of the home>.sock``, else a private folder of /tmp."""
        name = sha256(os.fsencode(self.root)).hexdigest()[:16]
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        if runtime and len(runtime) < 60 and os.path.isdir(runtime):
            return Path(runtime) / f"lakeloop-{name}.sock"
        return Path(f"/tmp/lakeloop-{os.getuid()}") / f"{name}.sock"  # noqa: S108  # mode 0700, see make
