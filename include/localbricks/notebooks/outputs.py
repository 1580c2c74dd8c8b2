"""What a cell put out, as HTML; outputs are those of nbformat."""

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from .highlight import code, markdown
from .text import plain, without_jvm

Output = dict[str, Any]
EXIT_MIME = "application/vnd.localbricks.exit+json"


def merged(outputs: Iterable[Output]) -> list[Output]:
    """Return the outputs with consecutive pieces of one stream as one, in plain text."""
    found: list[Output] = []
    for output in outputs:
        last = found[-1] if found else {}
        is_stream = output["output_type"] == "stream"
        if is_stream and last.get("name") == output["name"] and last["output_type"] == "stream":
            last["text"] += output["text"]
        else:
            found.append(dict(output))
    for output in found:
        if output["output_type"] == "stream":
            output["text"] = plain(output["text"])
    return found


def html_of(outputs: Iterable[Output]) -> str:
    """Return outputs as HTML. Only what the notebook itself declared to be HTML, SVG or Markdown is not escaped."""
    return "\n".join(_output(output) for output in outputs)


def exit_value(outputs: Iterable[Output]) -> str | None:
    """Return the value of `dbutils.notebook.exit`, None when a cell did not call it."""
    found = [output["data"][EXIT_MIME] for output in outputs if EXIT_MIME in output.get("data", {})]
    return str(found[-1]["value"]) if found else None


def trace(traceback: list[str]) -> str:
    """Return a traceback as plain text."""
    return without_jvm(plain("\n".join(traceback))).rstrip()


def _output(output: Output) -> str:
    kind = output["output_type"]
    if kind == "stream":
        return f"<pre class='{escape(output['name'])}'>{escape(output['text'])}</pre>"
    if kind == "error":
        return f"<pre class='error code'>{code(trace(output['traceback']), 'trace')}</pre>"
    data = output.get("data", {})
    return next((show(data[mime]) for mime, show in SHOWN.items() if mime in data), "")


def _image(mime: str) -> Callable[[str], str]:
    return lambda data: f"<img alt='' src='data:{mime};base64,{escape(str(data).strip())}'>"


def _json(data: Any) -> str:
    return f"<pre>{escape(json.dumps(data, indent=1))}</pre>"


def _text(data: Any) -> str:
    return f"<pre>{escape(plain(str(data)))}</pre>"


# The richest form that a cell offers is shown.
SHOWN: dict[str, Callable[[Any], str]] = {
    EXIT_MIME: lambda data: f"<div class='exit'>Notebook exited: <b>{escape(str(data['value']))}</b></div>",
    "text/html": lambda data: f"<div class='html'>{data}</div>",
    "image/svg+xml": lambda data: f"<div class='html'>{data}</div>",
    "image/png": _image("image/png"),
    "image/jpeg": _image("image/jpeg"),
    "text/markdown": lambda data: f"<div class='markdown'>{markdown(str(data))}</div>",
    "application/json": _json,
    "text/latex": _text,
    "text/plain": _text,
}
