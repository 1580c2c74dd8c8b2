"""An asset event for rows that landed, and none for a night without any."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from lakeloop.config import Source, Target
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.warehouse import delta_versions, warehouse

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
RECENT_EVENTS = 20
MICROSECOND = timedelta(microseconds=1)


class AnnounceOperator(BaseOperator):
    """Asks the SQL warehouse what silver gained since the last announcement; skips when that is nothing.

    It counts rows by `_ingested_at`, which never goes back, from where the last event ended. So rows are announced once
    whatever happened in between: a job that was killed and tried again, or an ingest whose announcement failed.

    Args:
        announces: asset whose event carries ``{"rows", "tables": {name: {"rows", "version"}}, "through"}``: added and
            corrected rows, the Delta version of each table that has some, and where the next event begins.
    """

    template_fields: Sequence[str] = ("databricks_conn_id",)
    ui_color = "#d5e8f7"

    def __init__(
        self,
        *,
        source: Source,
        target: Target,
        announces: Asset,
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(inlets=[announces], outlets=[announces], **kwargs)
        self.announces = announces
        self.databricks_conn_id = databricks_conn_id
        self.silver = {name: source.table("silver", name) for name in source.tables}
        self.http_path, self.catalog = target.warehouse_http_path, target.catalog

    def execute(self, context: Any) -> dict[str, Any]:
        """Return what the event carries."""
        since = _end_of_the_last(context["inlet_events"][self.announces])
        gained = self._gained(since)
        if not gained:
            reason = f"No new rows in {', '.join(self.silver)} since {since}: nothing to announce"
            context["ti"].xcom_push(key="reason", value=reason)
            # said twice, because Airflow's log of a skipped task leaves the exception's message out
            self.log.info("Skipped: %s", reason)
            raise AirflowSkipException(reason)
        event = {
            "rows": sum(rows for rows, _ in gained.values()),
            "tables": {
                name: {"rows": gained[name][0], "version": version}
                for name, version in zip(gained, self._versions(gained), strict=True)
            },
            "through": max(through for _, through in gained.values()).isoformat(),
        }
        self.log.info("Silver gained %s", event)
        context["outlet_events"][self.announces].extra = event
        return event

    def _gained(self, since: datetime) -> dict[str, tuple[int, datetime]]:
        """Rows and newest `_ingested_at` of each table that gained some, in one statement."""
        # in microseconds, because moments as text depend on the session's time zone
        counts = [
            f"SELECT '{name}' AS name, count(*) AS gained, unix_micros(max(_ingested_at)) AS through FROM {table} "
            f"WHERE _ingested_at > timestamp_micros({(since - BEFORE_ALL) // MICROSECOND})"
            for name, table in self.silver.items()
        ]
        rows = self._hook.get_records(" UNION ALL ".join(counts))
        return {
            str(name): (int(gained), BEFORE_ALL + int(through) * MICROSECOND)
            for name, gained, through in rows or []
            if gained
        }

    def _versions(self, names: Iterable[str]) -> list[int]:
        return delta_versions(self._hook, [self.silver[name] for name in names])

    @property
    def _hook(self) -> Any:
        return warehouse(self.databricks_conn_id, self.http_path, self.catalog)


def _end_of_the_last(events: Any) -> datetime:
    """`through` of the newest event that has one; an event that a person made by hand has none."""
    for event in events.ascending(False).limit(RECENT_EVENTS):
        extra: Mapping[str, Any] = event.extra or {}
        if extra.get("through"):
            return datetime.fromisoformat(str(extra["through"]))
    return BEFORE_ALL
