"""A rollback within a second where an endpoint answers: the traffic first, the ledger after, and nothing forgotten.

Order: a note on the registered model (tag `rollback_pending`: who, why, from, to), the endpoint's traffic, a request
that proves who answers, the proof in the note. From then on `alias.repair`, with which everything of lakeloop begins,
turns the note into the ledger's row, moves the alias as after any cut-off change, and takes the note away. Killed
anywhere after the note, the rollback is completed by whatever starts next; killed before it, nothing has happened.

It speaks to the registry by REST, since importing MLflow takes longer than all of it.
Source: https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4

from lakeloop.lifecycle.aliases import CHAMPION, PREVIOUS
from lakeloop.lifecycle.serving.endpoint import Endpoint, EndpointError, Traffic

PENDING = "rollback_pending"  # tag of the registered model
REST = "/api/2.0/mlflow/registered-models"


class NotInstantError(RuntimeError):
    """The endpoint cannot be switched like this; nothing has changed, and nothing is noted."""


@dataclass(frozen=True)
class Note:
    """What the ledger's row will say. `proof`: what the endpoint answered; empty before it did."""

    who: str
    why: str
    from_version: str
    to_version: str
    proof: str = ""
    id: str = field(default_factory=lambda: uuid4().hex)


def note_from(said: str) -> Note:
    """What `as_text` made of it."""
    return Note(**json.loads(said))


class RegisteredModel:
    """One model of an MLflow server.

    Args:
        uri: ``http://HOST:PORT``.
    """

    def __init__(self, uri: str, name: str, seconds: float = 5.0) -> None:
        self._uri, self._name, self._seconds = uri.rstrip("/"), name, seconds

    def aliases(self) -> Mapping[str, str]:
        """Version by alias. Raises NotInstantError when the server does not say."""
        found = self._asked("GET", f"/get?name={quote(self._name)}")["registered_model"]
        return {alias["alias"]: str(alias["version"]) for alias in found.get("aliases", [])}

    def note(self, note: Note) -> None:
        """Durable when it returns; replaces an earlier note."""
        value = json.dumps(asdict(note))
        self._asked("POST", "/set-tag", {"name": self._name, "key": PENDING, "value": value})

    def forget(self) -> None:
        """Takes the note away."""
        self._asked("DELETE", "/delete-tag", {"name": self._name, "key": PENDING})

    def _asked(self, method: str, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        request = Request(self._uri + REST + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=self._seconds) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise NotInstantError(f"MLflow: {error.code}: {error.read().decode(errors='replace')}") from None
        except (URLError, OSError) as error:
            raise NotInstantError(f"MLflow does not answer: {error}") from error


def switch(model: RegisteredModel, endpoint: Endpoint, who: str, why: str, to: str | None = None) -> Note:
    """The previous version answers all requests when this returns; what it answered is in `proof`.

    Raises NotInstantError when there is no previous version, it is the champion, or the endpoint does not have it; the
    traffic is as it was then.
    """
    if not who.strip() or not why.strip():
        raise NotInstantError("a rollback needs to say who and why; pass --reason")
    note = _note(model.aliases(), who, why, to)
    model.note(note)
    try:
        endpoint.set_traffic(Traffic({note.to_version: 100}))
    except EndpointError as error:
        model.forget()
        raise NotInstantError(f"the endpoint cannot serve version {note.to_version}: {error}") from error
    answering = endpoint.answering()
    if answering != note.to_version:
        raise EndpointError(
            f"version {answering} answers, expected {note.to_version}; the rollback is noted and will be completed"
        )
    proven = replace(note, proof=f"the endpoint answered a request with version {answering}")
    model.note(proven)
    return proven


def _note(aliases: Mapping[str, str], who: str, why: str, to: str | None) -> Note:
    champion, previous = aliases.get(CHAMPION), to or aliases.get(PREVIOUS)
    if champion is None or previous is None:
        missing = CHAMPION if champion is None else PREVIOUS
        raise NotInstantError(f"the model has no alias {missing}, so nobody knows what to go back to")
    if champion == previous:
        raise NotInstantError(f"version {previous} is the champion already")
    return Note(who, why, champion, previous)
