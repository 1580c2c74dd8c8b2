"""`dbutils`: widgets, notebook, jobs.taskValues, secrets and fs. https://docs.databricks.com/dev-tools/databricks-utils"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .fs import FileSystem

TASK_VALUE_LIMIT = 48 * 1024  # bytes, as on Databricks


class NotebookExit(Exception):  # noqa: N818  (it is no error)
    """Ends the notebook well."""

    def _render_traceback_(self) -> list[str]:
        return [f"Notebook exited: {self}"]


class Unsupported:
    """A part of dbutils that the local workspace does not have: refused by name when it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise NotImplementedError(f"dbutils.{self._name}.{attribute} is not supported by the local workspace")


class DBUtils:
    """Everything under ``dbutils``."""

    def __init__(self) -> None:
        self.widgets = Widgets(json.loads(os.environ.get("LOCALBRICKS_NOTEBOOK_PARAMETERS", "{}")))
        self.notebook = Notebook()
        self.jobs = Jobs()
        self.secrets = Secrets()
        self.fs = FileSystem()
        for name in ("library", "data", "credentials", "preview", "api"):
            setattr(self, name, Unsupported(name))

    def _pip_install(self, arguments: str) -> None:
        """`%pip install`: nothing is fetched here, so what is asked for must be installed already."""
        from importlib.metadata import PackageNotFoundError, version

        from packaging.requirements import Requirement

        for text in arguments.split():
            wanted = Requirement(text)
            try:
                found = version(wanted.name)
            except PackageNotFoundError:
                found = None
            if found is None or not wanted.specifier.contains(found, prereleases=True):
                raise RuntimeError(
                    f"%pip install {text}: installed is {found or 'nothing'}, and the local workspace fetches nothing; "
                    "add it to pyproject.toml"
                )
            print(f"{wanted.name} {found} is installed")


class Widgets:
    """Parameters of the notebook: what the task passes wins over the default."""

    def __init__(self, given: dict[str, str]) -> None:
        self._given = given
        self._defined: dict[str, str] = {}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:  # noqa: N803
        """Define a text widget."""
        self._defined[name] = str(defaultValue)

    def dropdown(self, name: str, defaultValue: str, choices: list[str], label: str | None = None) -> None:  # noqa: N803
        """Define a choice; the default must be one of the choices."""
        if defaultValue not in choices:
            raise ValueError(f"widget {name}: default {defaultValue!r} is none of the choices {choices}")
        self._defined[name] = str(defaultValue)

    combobox = dropdown
    multiselect = dropdown

    def get(self, name: str) -> str:
        """The value: the task's, else the default. Raises ValueError for an unknown name."""
        if name in self._given:
            return str(self._given[name])
        if name not in self._defined:
            known = sorted({*self._given, *self._defined})
            raise ValueError(f"no widget or parameter {name!r}; there are {', '.join(known) or 'none'}")
        return self._defined[name]

    def getAll(self) -> dict[str, str]:  # noqa: N802
        """All values by name."""
        return {**self._defined, **{name: str(value) for name, value in self._given.items()}}

    def getArgument(self, name: str, defaultValue: str = "") -> str:  # noqa: N802, N803
        """The value, or the given default."""
        return self.getAll().get(name, defaultValue)

    def remove(self, name: str) -> None:
        """Forget a widget."""
        self._defined.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802
        """Forget all widgets."""
        self._defined.clear()


class Notebook:
    """`dbutils.notebook`."""

    def exit(self, value: Any = "") -> None:
        """End the notebook with a value, which the run's output returns."""
        Path(os.environ["LOCALBRICKS_NOTEBOOK_EXIT"]).write_text(json.dumps(str(value)), encoding="utf-8")
        raise NotebookExit(value)

    def run(self, *_: Any, **__: Any) -> None:
        """Refused."""
        raise NotImplementedError(
            "dbutils.notebook.run is not supported by the local workspace; use %run or a task"
        )


class Jobs:
    """`dbutils.jobs`."""

    def __init__(self) -> None:
        self.taskValues = TaskValues()


class TaskValues:
    """Small values that tasks of one job run pass on; each task writes a file of its own."""

    def set(self, key: str, value: Any) -> None:
        """Pass a value of JSON on to later tasks. Raises ValueError above 48 KiB."""
        folder, task = os.environ.get("LOCALBRICKS_TASK_VALUES"), os.environ.get("LOCALBRICKS_TASK_KEY")
        if not folder or not task:
            return  # as on Databricks, nothing happens outside of a job
        text = json.dumps(value)
        if len(text.encode()) > TASK_VALUE_LIMIT:
            raise ValueError(
                f"task value {key}: {len(text):,} bytes as JSON, expected at most {TASK_VALUE_LIMIT:,}"
            )
        file = Path(folder) / f"{task}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        draft = file.with_suffix(".tmp")
        draft.write_text(json.dumps({**known, key: value}), encoding="utf-8")
        draft.replace(file)

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:  # noqa: N803
        """What a task passed on, else `default`; outside of a job `debugValue`."""
        folder = os.environ.get("LOCALBRICKS_TASK_VALUES")
        if not folder or not os.environ.get("LOCALBRICKS_TASK_KEY"):
            if debugValue is None:
                raise TypeError("outside of a job, dbutils.jobs.taskValues.get needs debugValue")
            return debugValue
        file = Path(folder) / f"{taskKey}.json"
        known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        if key not in known and default is None:
            raise ValueError(f"task {taskKey} has no value {key!r}; it has {', '.join(known) or 'none'}")
        return known.get(key, default)


class Secrets:
    """`dbutils.secrets`, from the workspace's file of secrets."""

    def get(self, scope: str, key: str) -> str:
        """One secret. Raises ValueError naming the scope or key that is not there."""
        scopes = self._scopes()
        if scope not in scopes:
            raise ValueError(
                f"secret scope {scope!r} does not exist; there are {', '.join(scopes) or 'none'}"
            )
        if key not in scopes[scope]:
            raise ValueError(
                f"secret {scope}/{key} does not exist; the scope has {', '.join(scopes[scope]) or 'none'}"
            )
        return str(scopes[scope][key])

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802
        """The same as bytes."""
        return self.get(scope, key).encode()

    def list(self, scope: str) -> Sequence[str]:
        """Names of the secrets of a scope."""
        return sorted(self._scopes().get(scope, {}))

    def listScopes(self) -> Sequence[str]:  # noqa: N802
        """Names of the scopes."""
        return sorted(self._scopes())

    def _scopes(self) -> dict[str, dict[str, str]]:
        file = os.environ.get("LOCALBRICKS_SECRETS")
        return json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
