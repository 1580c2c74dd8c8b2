"""Changes of the process that one can switch on from a day."""

from dataclasses import dataclass, field
from datetime import date

from .events import Kind


@dataclass(frozen=True)
class Drift:
    """What changes from the beginning of `start` (UTC) on; days before it stay exactly as they are without drift.

    Attributes:
        relay: incidents a day and 1,200 cards of a new pattern of fraud: a stolen card pays just below the limit of
            contactless payments, many times within hours, in its holder's own city.
        mix: factors on how often frauds of a kind begin, such as ``{"velocity": 0.3, "takeover": 2.5}``.
        online: factor on the inclination of honest cards to pay online.
        inflation: by which share amounts have risen `ramp` days after the start, linearly until then.
    """

    start: date
    relay: float = 0.4
    mix: dict[str, float] = field(default_factory=lambda: {"velocity": 0.4, "takeover": 2.0})
    online: float = 1.5
    inflation: float = 0.2
    ramp: int = 30

    def __post_init__(self) -> None:
        known = {kind.name.lower() for kind in Kind} - {"honest", "relay"}
        if unknown := set(self.mix) - known:
            raise ValueError(
                f"mix names {sorted(unknown)}; the kinds of fraud are {', '.join(sorted(known))}"
            )
        if min(self.relay, self.online, *self.mix.values(), 0) < 0 or self.inflation <= -1 or self.ramp < 1:
            raise ValueError(
                f"{self}: rates and factors are 0 or more, inflation above -1, ramp at least a day"
            )

    def prices(self, day: date) -> float:
        """Factor on amounts of a day from `start` on."""
        return 1 + self.inflation * min(1.0, (day - self.start).days / self.ramp)


@dataclass(frozen=True)
class Conditions:
    """What holds on a day."""

    online: float = 1.0
    prices: float = 1.0
    relay: float = 0.0
    mix: dict[str, float] = field(default_factory=dict)


def conditions(drift: Drift | None, day: date) -> Conditions:
    """What holds on a day: all factors are 1 without drift or before it starts."""
    if drift is None or day < drift.start:
        return Conditions()
    return Conditions(drift.online, drift.prices(day), drift.relay, drift.mix)
