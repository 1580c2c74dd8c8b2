"""What clients are told."""

from typing import Any

import msgspec
from starlette.responses import Response

from oipscorer.errors import RefusedError

from ...errors import StateError
from ..models.serving import Version
from ..states import Told
from .requests import InvalidItemsError

# A second is many times what a queue of requests takes.
_FURTHER = {
    401: {"www-authenticate": 'Bearer realm="rankstream"'},
    408: {"connection": "close"},  # the body was not read to its end
    413: {"connection": "close"},
    429: {"retry-after": "1"},
    503: {"retry-after": "1"},
}


def json_response(content: Any, status: int = 200) -> Response:
    """A JSON answer."""
    body = msgspec.json.encode(content)
    return Response(body, status, _FURTHER.get(status), media_type="application/json")


def refusal(error: Exception) -> Response | None:
    """``{"error": ...}`` for an error that a client is told of; None for any other."""
    if isinstance(error, RefusedError):
        return json_response({"error": error.message}, error.status)
    if isinstance(error, InvalidItemsError):
        errors = [{"index": place, "error": said} for place, said in error.problems.items()]
        first, said = next(iter(error.problems.items()))
        told = f"{len(errors)} interactions cannot be, nothing was written; the first, [{first}]: {said}"
        return json_response({"error": told, "errors": errors}, 422)
    if isinstance(error, StateError):
        return json_response({"error": f"{error}; nothing was written"}, 500)
    return None


def suggestion(told: Told) -> dict[str, Any]:
    """The answer for an entity."""
    return {
        "entity": told.entity,
        "known": told.known,
        "basis": told.suggestions.basis,
        "items": [each._asdict() for each in told.suggestions.items],
    }


def model(version: Version, aliases: list[str]) -> dict[str, Any]:
    """What ``/v1/model`` says."""
    of = version.recommender.model
    return {
        "version": version.number,
        "aliases": aliases,
        "items": len(of.catalogue),
        "groups": len(of.catalogue.groups),
        "statistics_end": of.until,
        "horizon_days": of.settings.horizon_days,
    }
