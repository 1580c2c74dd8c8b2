"""Scoring needs a champion; before the first one, a night is skipped rather than failed."""

from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from lakeloop.config import Target, UseCase
from lakeloop_airflow.mlflow_client import mlflow_client


class ChampionOperator(BaseOperator):
    """Returns the champion's version, or skips what follows while there is none."""

    ui_color = "#fff3c4"

    def __init__(self, *, use_case: UseCase, target: Target, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target
        self.model_name = target.model_name(use_case)

    def execute(self, context: Any) -> str:
        """Return the version behind the alias ``champion``."""
        from lakeloop.lifecycle.registry import champion_version

        with mlflow_client(self.target) as client:
            champion = champion_version(client, self.model_name)
        if champion is None:
            # said twice, because Airflow's log of a skipped task leaves the exception's message out
            self.log.info("Skipped: %s has no champion yet, nothing can score", self.model_name)
            raise AirflowSkipException(f"{self.model_name} has no champion yet: nothing can score.")
        self.log.info("Champion of %s is version %s", self.model_name, champion.version)
        return str(champion.version)
