"""`dbutils.secrets`, from the workspace's file of secrets."""

import json
import os
from pathlib import Path
from typing import NamedTuple


class SecretMetadata(NamedTuple):
    """One secret of a scope, by name."""

    key: str


class SecretScope(NamedTuple):
    """One scope, by name."""

    name: str


class Secrets:
    """The secrets of the file that LOCALBRICKS_SECRETS names, ``{scope: {key: value}}``."""

    def get(self, scope: str, key: str) -> str:
        """One secret. Raises ValueError naming the scope or key that is not there."""
        keys = self._scope(scope)
        if key not in keys:
            known = ", ".join(keys) or "none"
            raise ValueError(f"secret {scope}/{key} does not exist; the scope has {known}")
        return str(keys[key])

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802
        """The same as bytes."""
        return self.get(scope, key).encode()

    def listScopes(self) -> list[SecretScope]:  # noqa: N802
        """The scopes."""
        return [SecretScope(name) for name in sorted(_scopes())]

    def list(self, scope: str) -> list[SecretMetadata]:
        """The secrets of a scope. Raises ValueError for a scope that is not there."""
        return [SecretMetadata(key) for key in sorted(self._scope(scope))]

    def _scope(self, scope: str) -> dict[str, str]:
        scopes = _scopes()
        if scope not in scopes:
            known = ", ".join(scopes) or "none"
            raise ValueError(f"secret scope {scope!r} does not exist; there are {known}")
        return scopes[scope]


def _scopes() -> dict[str, dict[str, str]]:
    file = os.environ.get("LOCALBRICKS_SECRETS")
    return json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
