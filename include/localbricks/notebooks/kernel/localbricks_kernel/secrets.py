"""`dbutils.secrets`, from the workspace's file of secrets ``{scope: {key: value}}`` (LOCALBRICKS_SECRETS)."""

import builtins
import json
import os
from pathlib import Path
from typing import NamedTuple


class SecretMetadata(NamedTuple):
    """One entry of `list`."""

    key: str


class SecretScope(NamedTuple):
    """One entry of `listScopes`."""

    name: str

    def getName(self) -> str:  # noqa: N802
        """Return the scope's name."""
        return self.name


class Secrets:
    """Values are shown as [REDACTED] in all output."""

    def get(self, scope: str, key: str) -> str:
        """Return a secret. Raises ValueError naming the scope or key that is not there."""
        secrets = self._scope(scope)
        if key not in secrets:
            known = ", ".join(sorted(secrets)) or "none"
            raise ValueError(f"secret {scope}/{key} does not exist; the scope has the keys: {known}")
        return str(secrets[key])

    def getBytes(self, scope: str, key: str) -> bytes:  # noqa: N802
        """Return a secret as UTF-8."""
        return self.get(scope, key).encode()

    def list(self, scope: str) -> "builtins.list[SecretMetadata]":
        """Return the keys of a scope."""
        return [SecretMetadata(key) for key in sorted(self._scope(scope))]

    def listScopes(self) -> "builtins.list[SecretScope]":  # noqa: N802
        """Return the scopes."""
        return [SecretScope(name) for name in sorted(_scopes())]

    def _scope(self, scope: str) -> dict[str, str]:
        scopes = _scopes()
        if scope not in scopes:
            known = ", ".join(sorted(scopes)) or "none (LOCALBRICKS_SECRETS names the file that holds them)"
            raise ValueError(f"secret scope {scope} does not exist; there are: {known}")
        return scopes[scope]


def _scopes() -> dict[str, dict[str, str]]:
    file = os.environ.get("LOCALBRICKS_SECRETS")
    return dict(json.loads(Path(file).read_text(encoding="utf-8"))) if file else {}
