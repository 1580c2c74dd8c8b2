"""The executed notebook as one HTML page."""

import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mistune
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from .cells import Cell

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
FORMATTER = HtmlFormatter(nowrap=True)
CSS = Path(__file__).with_name("notebook.css")
_markdown = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def page(title: str, cells: Iterable[tuple[Cell, list[dict[str, Any]], str]]) -> str:
    """Cells with their outputs (as in nbformat) and what to say of their run ("1.2 s", "running")."""
    styles = f"{FORMATTER.get_style_defs('.code')}\n{CSS.read_text(encoding='utf-8')}"
    body = "\n".join(_cell(*entry) for entry in cells)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
        f"<style>{styles}</style></head><body><main>{body}</main></body></html>"
    )


def _cell(cell: Cell, outputs: list[dict[str, Any]], note: str) -> str:
    if cell.kind == "markdown":
        return f"<section class='markdown'>{_markdown(cell.source)}</section>"
    title = f"<h4>{html.escape(cell.title)}</h4>" if cell.title else ""
    code = highlight(cell.shown, get_lexer_by_name(cell.language), FORMATTER)
    shown = "".join(_output(output) for output in outputs)
    return (
        f"<section class='cell'>{title}<pre class='code'>{code}</pre>"
        f"<div class='note'>{html.escape(note)}</div><div class='outputs'>{shown}</div></section>"
    )


def _output(output: dict[str, Any]) -> str:
    kind = output["output_type"]
    if kind == "stream":
        return f"<pre class='{output['name']}'>{_plain(output['text'])}</pre>"
    if kind == "error":
        return f"<pre class='error'>{_plain(chr(10).join(output['traceback']))}</pre>"
    return _data(output.get("data", {}))


def _data(data: dict[str, Any]) -> str:
    if "text/html" in data:
        return f"<div class='html'>{data['text/html']}</div>"
    if "image/png" in data:
        return f"<img alt='figure' src='data:image/png;base64,{data['image/png'].strip()}'>"
    if "image/svg+xml" in data:
        return f"<div class='html'>{data['image/svg+xml']}</div>"
    if "text/markdown" in data:
        return f"<div class='markdown'>{_markdown(data['text/markdown'])}</div>"
    return f"<pre>{_plain(data.get('text/plain', ''))}</pre>"


def _plain(text: str) -> str:
    return html.escape(ANSI.sub("", text))
