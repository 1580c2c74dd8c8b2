"""Code and Markdown as HTML."""

from functools import cache
from typing import Any

import mistune
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

LEXERS = {"python": "python", "sql": "sql", "shell": "bash", "trace": "pytb"}
# Raw HTML in Markdown is allowed, as on Databricks; the page is shown in a sandbox.
_markdown = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "task_lists", "url"])
_formatter: "HtmlFormatter[str]" = HtmlFormatter(nowrap=True)


def code(text: str, language: str) -> str:
    """Return highlighted code; an unknown language is left as it is."""
    return str(highlight(text, _lexer(LEXERS.get(language, "text")), _formatter))


def markdown(text: str) -> str:
    """Return Markdown as HTML."""
    return str(_markdown(text))


@cache
def styles() -> str:
    """Return the colours of highlighted code, for bright and dark screens."""
    light = HtmlFormatter(style="xcode").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    return f"\n{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


@cache
def _lexer(name: str) -> Lexer:
    options: dict[str, Any] = {"stripnl": False}
    return get_lexer_by_name(name, **options)
