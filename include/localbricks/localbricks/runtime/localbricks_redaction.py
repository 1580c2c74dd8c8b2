"""Secrets never show in what a task prints, raises or returns.

A module of its own, of the standard library alone: the workspace's notebook runner and every task import it.
"""

import html
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO
from urllib.parse import quote, quote_plus

SHORTEST = 4  # a secret of three letters would blacken ordinary words
SHORTEST_LINE = 8  # of a secret of many lines, such as a key
REDACTED = "[REDACTED]"


class Redaction:
    """Replaces every known secret by ``[REDACTED]``, also as JSON, Python, HTML and addresses spell it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
        self._spellings = sorted(spellings, key=len, reverse=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Redaction":
        """The secrets of the workspace's file of secrets, ``{scope: {key: value}}``; none without a file."""
        file = environment.get("LOCALBRICKS_SECRETS")
        scopes = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
        return cls(str(value) for scope in scopes.values() for value in scope.values())

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self._spellings)

    def text(self, text: str) -> str:
        """`text` without secrets."""
        for spelling in self._spellings:
            text = text.replace(spelling, REDACTED)
        return text

    def any(self, value: Any) -> Any:
        """The same for a value of JSON: every text in it, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.any(key): self.any(entry) for key, entry in value.items()}
        return [self.any(entry) for entry in value] if isinstance(value, list | tuple) else value


class RedactedStream:
    """A text stream that hides secrets in what is written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO, redaction: Redaction) -> None:
        self._stream, self._redaction = stream, redaction

    def write(self, text: str) -> int:
        """Write the text without secrets; answers its length, as if all of it had been written."""
        self._stream.write(self._redaction.text(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write them one after another."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> "RedactedBytes":
        """The bytes below the text, which programs write to as well."""
        return RedactedBytes(self._stream.buffer, self._redaction)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class RedactedBytes:
    """The same for a stream of bytes."""

    def __init__(self, stream: BinaryIO, redaction: Redaction) -> None:
        self._stream, self._redaction = stream, redaction

    def write(self, content: bytes) -> int:
        """Write the bytes without secrets; answers their number, as if all of them had been written."""
        text = self._redaction.text(bytes(content).decode("utf-8", "surrogateescape"))
        self._stream.write(text.encode("utf-8", "surrogateescape"))
        return len(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _spellings(secret: str) -> Iterator[str]:
    if len(secret) < SHORTEST:
        return
    lines = [line for line in secret.splitlines() if len(line) >= SHORTEST_LINE and line != secret]
    for text in (secret, *lines):
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield repr(text)[1:-1]
        yield html.escape(text)
        yield html.escape(text, quote=False)
        yield quote(text, safe="")
        yield quote_plus(text)
