"""``%sql`` cells: widgets as parameters, several statements, the last result shown."""

import re
from collections.abc import Callable
from typing import Any

TOKEN = re.compile(
    r"""(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)
      | (?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<end>;)
      | (?<![\w:\])])(?P<marker>:[A-Za-z_]\w*)
      | (?P<other>.)""",
    re.S | re.X,
)
REFERENCE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")


def statements(text: str, value: Callable[[str], str]) -> list[str]:
    """Return the statements of a cell; comments alone are none, and a script (``BEGIN ... END``) is one.

    Args:
        value: gives the text that a marker ``:name`` stands for. It is put in as a literal, because Spark Connect does
            not bind markers.
    """
    found: list[str] = []
    current, is_empty = "", True
    is_script = re.match(r"\s*BEGIN\b", text, re.I) is not None
    for token in TOKEN.finditer(text + ";"):
        is_last = token.end() == len(text) + 1
        if token["end"] and (is_last or not is_script):
            found += [] if is_empty else [current.strip()]
            current, is_empty = "", True
            continue
        current += _literal(value(token["marker"][1:])) if token["marker"] else token[0]
        is_empty = is_empty and (bool(token["comment"]) or token[0].isspace())
    return found


def run(text: str, namespace: dict[str, Any], widgets: Any, show: Callable[[Any], None]) -> None:
    """Run a cell's statements; the last result is shown, and a table is kept as ``_sqldf``.

    Raises InputWidgetNotDefined for a parameter that no widget has.
    """
    frame = None
    for statement in statements(_with_widgets(text, widgets), widgets.get):
        frame = namespace["spark"].sql(statement)
    if frame is None:
        return
    if frame.columns:
        namespace["_sqldf"] = frame
        show(frame)
    else:
        print("OK")


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _with_widgets(text: str, widgets: Any) -> str:
    """Replace the older ``${name}`` and ``$name``; what is no widget stays, it may be a configuration's."""
    known = widgets.getAll()
    return REFERENCE.sub(lambda found: known.get(found[1], found[0]), text)
