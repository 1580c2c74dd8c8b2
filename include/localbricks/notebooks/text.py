"""Text as a terminal would have shown it."""

import re

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def plain(text: str) -> str:
    """Return the text without colours, and of lines that were overwritten (progress bars) what stood there last."""
    lines = ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(_overwritten(line) for line in lines)


def without_jvm(text: str) -> str:
    """Return a message of Spark without the server's Java stack, which says nothing about the notebook."""
    return re.split(r"\n+JVM stacktrace:\n", text, maxsplit=1)[0]


def _overwritten(line: str) -> str:
    return next((part for part in reversed(line.split("\r")) if part), "") if "\r" in line else line
