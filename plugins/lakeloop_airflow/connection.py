"""The Databricks connection, for clients that Airflow's hook does not serve: dbt, MLflow and databricks-sdk."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.sdk.exceptions import AirflowFailException

from lakeloop_airflow.defaults import DATABRICKS

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


@dataclass(frozen=True)
class WorkspaceAccess:
    """Address of a workspace, and either a token or the client id and secret of a service principal (OAuth M2M)."""

    url: str
    token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that dbt's profile and MLflow read; those of the other kind are empty, not absent."""
        return {
            "DATABRICKS_HOST": self.url,
            "DATABRICKS_TOKEN": self.token,
            "DATABRICKS_CLIENT_ID": self.client_id,
            "DATABRICKS_CLIENT_SECRET": self.client_secret,
            "DATABRICKS_AUTH_TYPE": "pat" if self.token else "oauth-m2m",
        }

    def client(self) -> "WorkspaceClient":
        """databricks-sdk with this access and nothing from the environment."""
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.config import Config

        secrets = {"token": self.token, "client_id": self.client_id, "client_secret": self.client_secret}
        named: dict[str, Any] = {name: value for name, value in secrets.items() if value}
        config = Config(
            host=self.url,
            auth_type=self.environment["DATABRICKS_AUTH_TYPE"],
            config_file="/dev/null",
            **named,
        )
        return WorkspaceClient(config=config)


def workspace_access(conn_id: str = DATABRICKS) -> WorkspaceAccess:
    """What the connection says. Raises AirflowFailException naming what is missing."""
    hook = DatabricksHook(conn_id)
    connection, extra = hook.databricks_conn, hook.databricks_conn.extra_dejson
    port = f":{connection.port}" if connection.port else ""
    url = f"{connection.schema or 'https'}://{hook.host}{port}"
    if not hook.host:
        raise AirflowFailException(f"Connection {conn_id} has no host; set it to the workspace's address")
    if extra.get("service_principal_oauth") and connection.login and connection.password:
        return WorkspaceAccess(url, client_id=connection.login, client_secret=connection.password)
    token = extra.get("token") or (connection.password if not connection.login else None)
    if not token:
        raise AirflowFailException(
            f"Connection {conn_id} holds neither a token (password, with an empty login) nor a service principal "
            '(login: client id, password: secret, extra: {"service_principal_oauth": true}); dbt and MLflow need one'
        )
    return WorkspaceAccess(url, token=token)
