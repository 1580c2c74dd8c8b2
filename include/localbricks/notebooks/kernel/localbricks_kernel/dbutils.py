"""`dbutils`: widgets, notebook, jobs, secrets and fs. https://docs.databricks.com/aws/en/dev-tools/databricks-utils"""

from typing import Any

from .fs import FileSystem
from .secrets import Secrets
from .values import TaskValues
from .widgets import Widgets

EXIT_MIME = "application/vnd.localbricks.exit+json"


class NotebookExit(Exception):  # noqa: N818  (it is no error)
    """Ends the notebook well. An ``except Exception`` around `dbutils.notebook.exit` catches it, as on Databricks."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


class DBUtils:
    """Everything under ``dbutils``."""

    def __init__(self, parameters: dict[str, str], task_key: str) -> None:
        self.widgets = Widgets(parameters)
        self.notebook = Notebook()
        self.jobs = Jobs(task_key)
        self.secrets = Secrets()
        self.fs = FileSystem()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return Unsupported(f"dbutils.{name}")


class Unsupported:
    """A part of dbutils that the local workspace does not have: refused by name when it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return Unsupported(f"{self._name}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{self._name} is not supported by the local workspace")


class Notebook:
    """`dbutils.notebook`."""

    def __init__(self) -> None:
        self.run = Unsupported(
            "dbutils.notebook.run, for which there are %run and tasks that depend on others,"
        )

    def exit(self, value: Any = "") -> None:
        """End the notebook; the run's output returns the value as text."""
        raise NotebookExit(str(value))


class Jobs:
    """`dbutils.jobs`."""

    def __init__(self, task_key: str) -> None:
        self.taskValues = TaskValues(task_key)
