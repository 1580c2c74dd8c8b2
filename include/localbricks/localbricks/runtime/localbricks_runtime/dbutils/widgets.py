"""`dbutils.widgets`: parameters of the notebook; what the task passes wins over the default."""

import json
from collections.abc import Sequence
from pathlib import Path

from .task import notebook_task, run_folder

# Beside the task, as a restart of Python forgets no widget.
FILE = "widgets.json"


class Widgets:
    """The widgets that the notebook has defined, and the parameters of its task."""

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:  # noqa: N803
        """Define a text widget."""
        self._define(name, defaultValue)

    def dropdown(
        self,
        name: str,
        defaultValue: str,  # noqa: N803
        choices: Sequence[str],
        label: str | None = None,
    ) -> None:
        """Define a choice. Raises ValueError for a default that is none of the choices."""
        if defaultValue not in choices:
            raise ValueError(f"widget {name}: default {defaultValue!r} is none of the choices {choices}")
        self._define(name, defaultValue)

    def combobox(
        self,
        name: str,
        defaultValue: str,  # noqa: N803
        choices: Sequence[str],
        label: str | None = None,
    ) -> None:
        """Define a choice that takes other text as well."""
        self._define(name, defaultValue)

    multiselect = dropdown

    def get(self, name: str) -> str:
        """The value: the task's, else the default. Raises ValueError for an unknown name."""
        values = self.getAll()
        if name not in values:
            known = ", ".join(sorted(values)) or "none"
            raise ValueError(f"no widget or parameter {name!r}; there are {known}")
        return values[name]

    def getAll(self) -> dict[str, str]:  # noqa: N802
        """All values by name."""
        given = (notebook_task() or {}).get("base_parameters") or {}
        return {**self._defined(), **{name: str(value) for name, value in given.items()}}

    def getArgument(self, name: str, defaultValue: str = "") -> str:  # noqa: N802, N803
        """The value, or the given default."""
        return self.getAll().get(name, defaultValue)

    def remove(self, name: str) -> None:
        """Forget a widget."""
        self._keep({known: value for known, value in self._defined().items() if known != name})

    def removeAll(self) -> None:  # noqa: N802
        """Forget all widgets."""
        self._keep({})

    def _define(self, name: str, value: str) -> None:
        self._keep({**self._defined(), name: str(value)})

    def _defined(self) -> dict[str, str]:
        file = _file()
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def _keep(self, defined: dict[str, str]) -> None:
        _file().write_text(json.dumps(defined), encoding="utf-8")


def _file() -> Path:
    folder = run_folder()
    if folder is None or notebook_task() is None:
        raise NotImplementedError("dbutils.widgets: this is no notebook; other tasks read their arguments")
    return folder / FILE
