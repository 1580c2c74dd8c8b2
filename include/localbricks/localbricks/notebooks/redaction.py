"""Secrets never show in a notebook's output."""

import json
from pathlib import Path
from typing import Any

SHORTEST = 4  # a secret of three letters would blacken ordinary words
REDACTED = "[REDACTED]"


class Redaction:
    """Replaces every known secret by ``[REDACTED]``."""

    def __init__(self, secrets: list[str]) -> None:
        self._secrets = sorted((s for s in set(secrets) if len(s) >= SHORTEST), key=len, reverse=True)

    @classmethod
    def from_file(cls, file: str | None) -> "Redaction":
        """The secrets of a file ``{scope: {key: value}}``; none without a file."""
        scopes = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
        return cls([str(value) for scope in scopes.values() for value in scope.values()])

    def text(self, text: str) -> str:
        """`text` without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text

    def any(self, value: Any) -> Any:
        """The same for one entry of an output's data: text, lines, or JSON."""
        return self.text(value) if isinstance(value, str) else value
