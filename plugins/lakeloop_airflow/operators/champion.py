"""Scoring needs a champion; before the first one, a night is skipped rather than failed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from lakeloop.config import Target, UseCase
from lakeloop_airflow.defaults import DATABRICKS
from lakeloop_airflow.mlflow_client import mlflow_client
from lakeloop_airflow.warehouse import statements, warehouse


class ChampionOperator(BaseOperator):
    """Returns the version that scores a night, or skips what follows while there is none.

    Today's night asks the alias ``champion``, an earlier one the promotion ledger: a night that is cleared later is
    scored with the champion that it had. A change of champion that was cut off is carried out before.

    Args:
        date: the night, see :func:`lakeloop.lifecycle.night.asked_for`.
        model_version: version that a person asked for instead; empty: the champion.
    """

    template_fields: Sequence[str] = ("date", "model_version", "databricks_conn_id")
    ui_color = "#fff3c4"

    def __init__(
        self,
        *,
        use_case: UseCase,
        target: Target,
        date: str,
        model_version: str = "",
        databricks_conn_id: str = DATABRICKS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.date = date
        self.model_version = model_version
        self.databricks_conn_id = databricks_conn_id
        self.target = target
        self.model_name = target.model_name(use_case)
        self.ledger_table = use_case.ml("promotions")
        self.http_path = target.warehouse_http_path
        self.catalog = target.catalog

    def execute(self, context: Any) -> str:
        """Return the version's number."""
        if self.model_version:
            self.log.info("Version %s was asked for", self.model_version)
            return self.model_version
        from lakeloop.lifecycle.night import asked_for, is_present, moment_of

        now = datetime.now(UTC)
        moment = moment_of(asked_for(self.date), now)
        then = f"{moment:%Y-%m-%d %H:%M} UTC"
        version = self.present_champion() if is_present(moment, now) else self.champion_at(moment)
        if version is None:
            # said twice, because Airflow's log of a skipped task leaves the exception's message out
            self.log.info("Skipped: %s had no champion at %s, nothing can score", self.model_name, then)
            raise AirflowSkipException(f"{self.model_name} had no champion at {then}: nothing can score.")
        self.log.info("Champion of %s at %s: version %s", self.model_name, then, version)
        return version

    def present_champion(self) -> str | None:
        """The version behind the alias, which the ledger knows too."""
        from lakeloop.lifecycle.deployment import alias

        with mlflow_client(self.target, self.databricks_conn_id) as client:
            repaired = alias.repair(client, self.ledger, self.model_name)
            if repaired:
                self.log.info("%s", repaired)
            return alias.champion(client, self.model_name)

    def champion_at(self, moment: datetime) -> str | None:
        """The champion at `moment`, by the ledger; ``None`` when there was none, or no ledger yet."""
        from lakeloop.lifecycle.deployment.ledger import champion_at

        return champion_at(self.ledger.rows(self.model_name), moment)

    @property
    def ledger(self) -> Any:
        """The ledger, through the SQL warehouse."""
        from lakeloop.lifecycle.deployment.delta_ledger import DeltaLedger

        hook = warehouse(self.databricks_conn_id, self.http_path, self.catalog)
        return DeltaLedger(statements(hook), self.ledger_table)
