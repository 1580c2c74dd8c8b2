"""The version that answers, and why others do not."""

from dataclasses import dataclass
from pathlib import Path

from oipscorer.errors import RefusedError

from ...errors import ModelError
from ...folder import verified
from ...recommender import Recommender
from .trial import try_apart


@dataclass(frozen=True)
class Version:
    """A model that was verified, and what it is called."""

    number: str
    recommender: Recommender


class Serving:
    """One version at a time; requests go on with the one that they began with.

    The version before stays in memory, so that a step back is a change of a pointer.

    Attributes:
        current: the version that answers; None before the first.
        aliases: of a registry, that name it.
        refused: reasons by version, of what was to take traffic and could not be verified.
        trouble: why the registry could not be followed at the last look, empty where it could.
    """

    def __init__(self) -> None:
        self.current: Version | None = None
        self._before: Version | None = None
        self.aliases: list[str] = []
        self.refused: dict[str, str] = {}
        self.trouble = ""

    def require(self) -> Version:
        """The version that answers. Raises RefusedError (503) where there is none."""
        if self.current is None:
            reasons = [self.trouble, *(f"version {n}: {why}" for n, why in self.refused.items())]
            said = "; ".join(filter(None, reasons)) or "none was loaded yet"
            raise RefusedError(503, f"no model answers: {said}")
        return self.current

    def take(self, number: str, folder: Path, *, apart: bool = True) -> None:
        """Verify a folder, and let it answer from the next request on.

        Args:
            apart: in a process of its own first; not needed where there is nothing yet that could be torn down.

        Raises:
            ModelError: it cannot be verified, or keeps states in another way; all is as before.
        """
        if apart:
            try_apart(folder)
        recommender = Recommender(verified(folder))
        if self.current is not None:
            _same_states(self.current, number, recommender)
        self._before, self.current = self.current, Version(number, recommender)

    def step_back(self, number: str) -> bool:
        """Let the version before answer again, if it is this one; whether it does."""
        if self._before is None or self._before.number != number:
            return False
        self._before, self.current = self.current, self._before
        return True

    @property
    def kept(self) -> list[str]:
        """Numbers of the versions in memory."""
        return [version.number for version in (self.current, self._before) if version is not None]


def _same_states(current: Version, number: str, recommender: Recommender) -> None:
    there, new = current.recommender.model.settings, recommender.model.settings
    if there.fingerprint() != new.fingerprint():
        raise ModelError(
            f"version {number} keeps states with other settings than version {current.number}, which answers; "
            "replay the interactions into another namespace and start a service there"
        )
