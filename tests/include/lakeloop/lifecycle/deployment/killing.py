"""Death at any step: a client and a ledger that stop at the n-th call that changes something."""

from typing import Any

from mlflow.tracking import MlflowClient

from lakeloop.lifecycle.deployment.ledger import Ledger, LedgerRow

WRITES = ("set_registered_model_alias", "delete_registered_model_alias", "set_model_version_tag")


class Killed(BaseException):
    """The process is gone; no `except Exception` sees it."""


class Life:
    """Ends at a given step: `step` 0 before the first change, 1 before the second, ...; None: never."""

    def __init__(self, step: int | None) -> None:
        self.left = step

    def one_step(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            raise Killed
        self.left -= 1


class MortalClient(MlflowClient):
    """MLflow's client, each of whose changes is a step of a life."""

    def __init__(self, uri: str, life: Life) -> None:
        super().__init__(uri)
        self._life = life

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in WRITES:
            return found

        def step(*args: Any, **kwargs: Any) -> Any:
            self._life.one_step()
            return found(*args, **kwargs)

        return step


class MortalLedger:
    """A ledger each of whose rows is a step of a life."""

    def __init__(self, kept: Ledger, life: Life) -> None:
        self._kept = kept
        self._life = life

    def append(self, row: LedgerRow) -> None:
        self._life.one_step()
        self._kept.append(row)

    def rows(self, model: str) -> list[LedgerRow]:
        return self._kept.rows(model)
