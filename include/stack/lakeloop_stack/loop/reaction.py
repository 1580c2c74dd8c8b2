"""How a suggestion changes with an interaction: one is told to the service, and the next suggestion is asked for."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

READY_SECONDS = 60.0
POLL_SECONDS = 0.2
SHOWN, FURTHER = 10, 50
MINUTE_MS = 60_000


class NoSuggestionsError(RuntimeError):
    """The service is not ready, or refuses; the message has its own words."""


@dataclass(frozen=True)
class Reaction:
    """What was suggested to an entity before and after it came to `item`, and the time from one to the other.

    Args:
        milliseconds: from sending the interaction until the suggestion that knows it was there.
    """

    entity: str
    item: str
    before: Sequence[str]
    after: Sequence[str]
    milliseconds: float


def reaction(url: str, entity: str, day: str, version: str) -> Reaction:
    """Tell the service of an interaction with an item that was suggested, but not among the first.

    Args:
        url: of the service.
        day: ``2017-12-30``, up to which the data reach; the interaction comes two days later.
        version: the champion, for which it is waited.

    Raises NoSuggestionsError.
    """
    at = round((datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=2)).timestamp() * 1000)
    with httpx.Client(base_url=url, timeout=30) as client:
        _wait(client, version)
        before = _suggested(client, entity, at)
        began = time.perf_counter()
        _checked(client.post("/v1/interactions", json={"entity": entity, "item": before[-1], "at": at}))
        after = _suggested(client, entity, at + MINUTE_MS)
        took = 1000 * (time.perf_counter() - began)
    return Reaction(entity, before[-1], before[:SHOWN], after[:SHOWN], took)


def _wait(client: httpx.Client, version: str) -> None:
    """Until this version answers: the service looks at the registry every few seconds."""
    until, said = time.monotonic() + READY_SECONDS, ""
    while time.monotonic() < until:
        try:
            answer = client.get("/v1/model")
            if answer.status_code == httpx.codes.OK and answer.json()["version"] == version:
                return
            said = answer.text
        except httpx.TransportError as error:
            said = str(error)
        time.sleep(POLL_SECONDS)
    raise NoSuggestionsError(f"version {version} does not answer at {client.base_url}: {said}")


def _suggested(client: httpx.Client, entity: str, at: int) -> list[str]:
    answer = _checked(client.get(f"/v1/suggestions/{entity}", params={"k": FURTHER, "at": at}))
    return [one["item"] for one in answer["items"]]


def _checked(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise NoSuggestionsError(f"{answer.request.method} {answer.request.url}: {answer.text}")
    return answer.json()
