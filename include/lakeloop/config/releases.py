"""Which releases a workspace holds, and which of them was current at a moment.

A release is one folder with the wheel and the notebooks of one revision, never changed once it is there. The pointer,
a small JSON file beside the folders, says when each became current.
"""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field

from lakeloop.config.base import Config

Version = Annotated[
    str, Field(pattern=r"^[0-9][A-Za-z0-9.+!]*$", description="PEP 440, as the wheel is called")
]


class NoReleaseError(LookupError):
    """Nothing has been deployed, or the release asked for is not there."""


class Switch(Config):
    """From `since` on, runs that start take `version`."""

    version: Version
    since: AwareDatetime


class Releases(Config):
    """The pointer's content: switches, oldest first."""

    switches: tuple[Switch, ...] = ()

    @property
    def current(self) -> str:
        """The version that runs take that start now. Raises NoReleaseError."""
        if not self.switches:
            raise NoReleaseError("nothing has been deployed yet; run lakeloop deploy")
        return self.switches[-1].version

    def at(self, moment: datetime) -> str:
        """The version that was current at `moment`, else the oldest that is known. Raises NoReleaseError.

        All tasks and retries of one DAG run ask with its start, and so take one release whatever is deployed meanwhile.
        """
        before = [switch.version for switch in self.switches if switch.since <= moment]
        return before[-1] if before else self.switches[0].version if self.switches else self.current

    def switched(self, version: str, now: datetime) -> Self:
        """With `version` current from `now` on."""
        if self.switches and self.switches[-1].version == version:
            return self
        return type(self)(switches=(*self.switches, Switch(version=version, since=now)))

    def keeping(self, versions: set[str]) -> Self:
        """Without the switches to versions that are gone."""
        return type(self)(switches=tuple(s for s in self.switches if s.version in versions))


def wheel_name(version: str) -> str:
    """``lakeloop-0.2.0+g0123456789ab-py3-none-any.whl``."""
    return f"lakeloop-{version}-py3-none-any.whl"
