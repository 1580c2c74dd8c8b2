"""What every endpoint can do, whoever runs it: the local scorer, Seldon Core or Databricks Model Serving."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lakeloop.lifecycle.serving.observed import Observed


class EndpointError(RuntimeError):
    """The endpoint does not answer, or refuses what it is asked; what served goes on serving."""


@dataclass(frozen=True)
class Traffic:
    """Whole percents by version, which sum to 100, and the versions that score along without answering.

    A version is named by its number. The local scorer knows the registry's aliases too, and follows them.
    """

    weights: Mapping[str, int]
    shadows: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = ", ".join(f"version {name} {percent} %" for name, percent in self.weights.items())
        return f"{said}; shadow {', '.join(self.shadows)}" if self.shadows else said


class Endpoint(Protocol):
    """One model, of which several versions are loaded. Every method raises EndpointError."""

    def traffic(self) -> Traffic:
        """Who answers now."""

    def set_traffic(self, traffic: Traffic) -> None:
        """Holds as a whole for every request from the return on, or is refused as a whole."""

    def follow_champion(self) -> None:
        """All requests to the registry's champion as the endpoint knows it, and to the next one when it moves."""

    def refresh(self) -> Mapping[str, str]:
        """Loads what the registry's aliases name by now; the aliases as they are served, with their versions."""

    def observations(self) -> Mapping[str, Observed]:
        """Counts by version's number since the endpoint began to count; they never go back."""

    def answering(self) -> str:
        """Sends a request like any client's, and tells the number of the version that answered it."""
