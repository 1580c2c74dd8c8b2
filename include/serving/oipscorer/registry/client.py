"""Which version an alias names, asked by MLflow's REST API.

Source: https://mlflow.org/docs/latest/api_reference/rest-api.html#get-registeredmodel. Plain HTTP, since importing
MLflow takes seconds and 200 MB; it is imported only by the process that downloads, see `download`.
"""

import base64
import os
import urllib.error
import urllib.parse
import urllib.request

import msgspec
from msgspec import Struct

SECONDS = 5.0  # for an answer


class RegistryError(RuntimeError):
    """The registry did not answer, or not as expected; its text says what was asked."""


class Alias(Struct):
    """An alias and the version that it names."""

    alias: str
    version: str


class RegisteredModel(Struct):
    """What the registry says of a model."""

    name: str
    aliases: list[Alias] = []


class Answer(Struct):
    """The body of registered-models/get."""

    registered_model: RegisteredModel


def aliases_of(uri: str, registered: str) -> dict[str, str]:
    """Versions by alias. Raises RegistryError."""
    url = f"{uri.rstrip('/')}/api/2.0/mlflow/registered-models/get?name={urllib.parse.quote(registered)}"
    request = urllib.request.Request(url, headers=_credentials())
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            answer = msgspec.json.decode(response.read(), type=Answer)
    except urllib.error.HTTPError as error:
        raise RegistryError(
            f"GET {url}: status {error.code}: {error.read(300).decode(errors='replace')}"
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise RegistryError(f"GET {url}: {getattr(error, 'reason', error)}") from None
    return {alias.alias: alias.version for alias in answer.registered_model.aliases}


def _credentials() -> dict[str, str]:
    """The same environment variables as MLflow's own client."""
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    user, password = (os.environ.get(f"MLFLOW_TRACKING_{part}", "") for part in ("USERNAME", "PASSWORD"))
    if not user:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}
