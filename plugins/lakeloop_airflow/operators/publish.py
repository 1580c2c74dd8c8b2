"""Writes down which versions of the gold tables have passed their tests, and announces the features."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Target, UseCase
from lakeloop.config.use_case.batch import Role
from lakeloop.lifecycle import published
from lakeloop_airflow.defaults import DATABRICKS

if TYPE_CHECKING:
    from airflow.providers.databricks.hooks.databricks_sql import DatabricksSqlHook


class PublishFeaturesOperator(BaseOperator):
    """Appends a row to ``<use case>_ml.published_features``, see :mod:`lakeloop.lifecycle.published`.

    It stands behind all models and tests of a run that is the only one of its DAG, so that the newest versions are the
    tested ones. Features without a row are not published: the task fails and says so.

    Args:
        announces: asset whose event carries ``{"versions", "newest_as_of", "entities"}``.
    """

    template_fields: Sequence[str] = ("databricks_conn_id",)
    ui_color = "#d7ecff"

    def __init__(
        self,
        *,
        use_case: UseCase,
        target: Target,
        announces: Asset,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(outlets=[announces], **kwargs)
        self.use_case = use_case
        self.announces = announces
        self.databricks_conn_id = databricks_conn_id
        self.http_path = target.warehouse_http_path
        self.catalog = target.catalog

    def execute(self, context: Any) -> dict[str, int]:
        """Return the published version of each gold table."""
        hook, run = self._hook(), context["dag_run"].run_id
        versions = {role: self._version(hook, role) for role in get_args(Role)}
        for statement in published.create_sql(self.use_case):
            hook.run(statement)
        hook.run(published.publish_sql(self.use_case, versions, run))
        row = hook.get_first(published.newest_sql(self.use_case, run))
        if row is None:
            raise AirflowFailException(
                f"{self.use_case.gold('features')} has no row: no completed period has an active "
                f"{self.use_case.entity.noun[0]} yet. Nothing is published; ingest more periods."
            )
        extra = {"versions": versions, "newest_as_of": row[0], "entities": row[1]}
        self.log.info("Published %s", extra)
        context["outlet_events"][self.announces].extra = extra
        return versions

    def _version(self, hook: "DatabricksSqlHook", role: Role) -> int:
        return int(hook.get_first(f"DESCRIBE HISTORY {self.use_case.gold(role)} LIMIT 1")[0])

    def _hook(self) -> "DatabricksSqlHook":
        from airflow.providers.databricks.hooks.databricks_sql import DatabricksSqlHook

        # the catalog, because a warehouse's default one need not be the target's
        return DatabricksSqlHook(self.databricks_conn_id, http_path=self.http_path, catalog=self.catalog)
