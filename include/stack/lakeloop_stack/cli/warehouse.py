"""MLflow and the SQL warehouse of a target, for commands that ask or change something small and must be quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from lakeloop.config import Target
from lakeloop.lifecycle.session import use_mlflow
from lakeloop.lifecycle.sql import Run, through_cursor

from ..machine.settings import running_settings
from ..services.environment import LOCAL
from .delivery import workspace_of
from .local import use_the_stack


@contextmanager
def warehouse_of(target: Target) -> Iterator[Run]:
    """Statements run in the target's warehouse, in its catalog; MLflow points to the target's servers meanwhile.

    The local target needs a running stack, another one a databricks-sdk that is configured for its workspace. Raises
    StackError when the stack is not up.
    """
    from databricks import sql

    settings = running_settings()
    if target.name == LOCAL:
        use_the_stack("AWS_", "MLFLOW_")
    config = workspace_of(target, settings).config
    use_mlflow(target.mlflow)
    with (
        sql.connect(
            server_hostname=urlsplit(config.host or "").netloc,
            http_path=target.warehouse_http_path,
            credentials_provider=lambda: config.authenticate,
            catalog=target.catalog,
            enable_telemetry=False,
            **_without_tls(config.host or "", target),
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield through_cursor(cursor)


def _without_tls(host: str, target: Target) -> dict[str, str]:
    """The connector adds https:// to a name by itself; the local workspace speaks http on loopback."""
    return {"_connection_uri": host + target.warehouse_http_path} if host.startswith("http://") else {}
