"""Secrets never show in what a notebook leaves behind."""

import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# A secret of three letters would blacken ordinary words.
SHORTEST = 4
REDACTED = "[REDACTED]"


class Redaction:
    """Replaces every known secret by ``[REDACTED]``, also as it looks inside HTML or JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST}
        forms = {form for secret in known for form in (secret, html.escape(secret), json.dumps(secret)[1:-1])}
        self.forms = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self.forms))) if forms else None

    @classmethod
    def from_file(cls, file: str | None) -> "Redaction":
        """The secrets of a file ``{scope: {key: value}}``; none without a file."""
        scopes = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
        return cls(str(value) for scope in scopes.values() for value in scope.values())

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text

    def any(self, value: Any) -> Any:
        """Return JSON without secrets in any of its texts."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.any(item) for key, item in value.items()}
        return [self.any(item) for item in value] if isinstance(value, list) else value


class StreamRedaction:
    """Text that comes in pieces, a secret perhaps in two of them."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown by now: all but an end that may be the beginning of a secret."""
        text = self._redaction.text(self._held + piece)
        keep = max((_overlap(text, form) for form in self._redaction.forms), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """Return what was held back, once no more comes."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, secret: str) -> int:
    """Return the length of the longest proper beginning of ``secret`` that ``text`` ends with."""
    longest = min(len(text), len(secret) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(secret[:size])), 0)
