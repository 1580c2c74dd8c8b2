"""An endpoint that takes minutes to change: what is begun, and how far it is."""

import time
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from lakeloop.lifecycle.serving.endpoint import EndpointError

State = Literal["updating", "ready", "failed"]


@dataclass(frozen=True)
class Readiness:
    """How far a change is, with a sentence that says it."""

    state: State
    said: str


@runtime_checkable
class Changing(Protocol):
    """An Endpoint away from this machine. Every method raises EndpointError."""

    def begin(self, version: str) -> None:
        """Has the version loaded beside what answers, without traffic; may be repeated. Returns at once.

        Where nothing answers yet the version takes all requests: there is nobody else.
        """

    def readiness(self) -> Readiness:
        """How far the last change is."""


def wait_until_ready(changing: Changing, minutes: float, look_seconds: float) -> None:
    """Returns when the last change holds. Raises EndpointError where it failed, or takes longer than `minutes`."""
    end = time.monotonic() + 60 * minutes
    while (now := changing.readiness()).state == "updating":
        if time.monotonic() > end:
            raise EndpointError(f"{now.said} after {minutes} minutes")
        time.sleep(look_seconds)
    if now.state == "failed":
        raise EndpointError(now.said)
