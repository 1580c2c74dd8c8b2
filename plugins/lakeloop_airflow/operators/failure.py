"""A task that stands where something cannot run, and says what is missing."""

from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException


class FailOperator(BaseOperator):
    """Fails at once and for good, with `reasons`; retries would not help."""

    ui_color = "#f8d0d0"

    def __init__(self, *, reasons: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reasons = reasons

    def execute(self, context: Any) -> None:
        """Raise AirflowFailException."""
        raise AirflowFailException("; ".join(self.reasons))
