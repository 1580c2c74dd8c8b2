"""`dbutils.widgets`: the parameters of a notebook."""

from collections.abc import Sequence
from typing import Any


class InputWidgetNotDefined(ValueError):  # noqa: N818  (Databricks' name)
    """No widget and no parameter has that name."""


class Widgets:
    """Parameters that the task passes win over the defaults of widgets."""

    def __init__(self, given: dict[str, str]) -> None:
        self._given = dict(given)
        self._defaults: dict[str, str] = {}

    def text(self, name: str, defaultValue: str = "", label: str | None = None) -> None:  # noqa: N803
        """Define a widget for any text."""
        self._defaults[name] = str(defaultValue)

    def dropdown(
        self,
        name: str,
        defaultValue: str,  # noqa: N803
        choices: Sequence[Any],
        label: str | None = None,
    ) -> None:
        """Define a choice. Raises ValueError when the default is none of the choices."""
        self._require_choice(name, defaultValue, choices)
        self._defaults[name] = str(defaultValue)

    def combobox(
        self,
        name: str,
        defaultValue: str,  # noqa: N803
        choices: Sequence[Any],
        label: str | None = None,
    ) -> None:
        """Define a widget for any text, with proposals."""
        self._defaults[name] = str(defaultValue)

    def multiselect(
        self,
        name: str,
        defaultValue: str,  # noqa: N803
        choices: Sequence[Any],
        label: str | None = None,
    ) -> None:
        """Define a choice of several, whose value is comma-separated. Raises ValueError as `dropdown` does."""
        for value in str(defaultValue).split(",") if defaultValue else []:
            self._require_choice(name, value, choices)
        self._defaults[name] = str(defaultValue)

    def get(self, name: str) -> str:
        """Return the task's value, else the default. Raises InputWidgetNotDefined."""
        if name in self._given:
            return str(self._given[name])
        if name in self._defaults:
            return self._defaults[name]
        known = ", ".join(sorted({*self._given, *self._defaults})) or "none"
        raise InputWidgetNotDefined(f"No input widget named {name} is defined; there are: {known}")

    def getAll(self) -> dict[str, str]:  # noqa: N802
        """Return all values by name."""
        return {name: self.get(name) for name in (*self._defaults, *self._given)}

    def getArgument(self, name: str, defaultValue: str | None = None) -> str:  # noqa: N802, N803
        """Return the value, else the given default. Raises InputWidgetNotDefined when there is neither."""
        known = name in self._given or name in self._defaults
        return self.get(name) if known or defaultValue is None else str(defaultValue)

    def remove(self, name: str) -> None:
        """Forget a widget; a parameter of the task stays."""
        self._defaults.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802
        """Forget all widgets; parameters of the task stay."""
        self._defaults.clear()

    def _pass_on(self, values: dict[str, str]) -> None:
        """Set the widgets that a ``%run`` passes to its notebook."""
        self._given.update(values)

    def _require_choice(self, name: str, value: Any, choices: Sequence[Any]) -> None:
        allowed = [str(choice) for choice in choices]
        if str(value) not in allowed:
            raise ValueError(f"widget {name}: default {value!r} is none of its choices: {', '.join(allowed)}")
