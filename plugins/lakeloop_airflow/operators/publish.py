"""Writes down which versions of the gold tables have passed their tests, and announces the features."""

from collections.abc import Sequence
from typing import Any, get_args

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from lakeloop.config import Target, UseCase
from lakeloop.config.use_case.use_case import Role
from lakeloop.lifecycle import published
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.warehouse import delta_versions, warehouse


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

    def execute(self, context: Any) -> dict[Role, int]:
        """Return the published version of each gold table."""
        roles: tuple[Role, ...] = get_args(Role)
        tables = [self.use_case.gold(role) for role in roles]
        versions = dict(zip(roles, delta_versions(self._hook, tables), strict=True))
        row = self._publish(versions, context["dag_run"].run_id)
        if row is None:
            raise AirflowFailException(
                f"{self.use_case.gold('features')} has no row: no completed period has an active "
                f"{self.use_case.entity.noun[0]} yet. Nothing is published; ingest more periods."
            )
        extra = {"versions": versions, "newest_as_of": row[0], "entities": row[1]}
        self.log.info("Published %s", extra)
        context["outlet_events"][self.announces].extra = extra
        return versions

    def _publish(self, versions: dict[Role, int], run: str) -> Any:
        """Append the row; returns its newest period and entities, or None when there is nothing to publish."""
        publish = published.publish_sql(self.use_case, versions, run)
        self._hook.run([*published.create_sql(self.use_case), publish])
        return self._hook.get_first(published.newest_sql(self.use_case, run))

    @property
    def _hook(self) -> Any:
        return warehouse(self.databricks_conn_id, self.http_path, self.catalog)
