"""The features of a use case as a page: what each is, whose it is, what it is worth and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass

from .contracts import About


@dataclass(frozen=True)
class Worth:
    """How much worse the candidate gets without it, with its interval."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval says."""
        if self.low > 0:
            return "pays"
        return "harms" if self.high < 0 else "does not show"

    def __str__(self) -> str:
        return f"{self.value:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


@dataclass(frozen=True)
class FeatureTable:
    """All that is known of the features of one use case.

    Args:
        about: what the contract says of each feature, by name.
        worth: of each feature and of each group, by name (a group's is called `group_key`).
        seconds: of each group, of the whole query under ``all``, and what its runs differ by under ``noise``.
    """

    use_case: str
    metric: str
    judged: str
    about: Mapping[str, About]
    worth: Mapping[str, Worth]
    seconds: Mapping[str, float]

    def page(self) -> str:
        """Markdown: the groups, the features, and those that do not pay."""
        return "\n".join([*self._head(), *self._groups(), *self._features(), *self._idle(), ""])

    def _head(self) -> list[str]:
        return [
            f"# The features of {self.use_case}",
            "",
            f"Made by `lakeloop features {self.use_case}`. Worth: what {self.metric} loses when the values are "
            f"shuffled within each period, on {self.judged}; in brackets the interval of the gate's bootstrap. "
            "Cost: seconds of Spark that the features' query saves without the group, of "
            f"{self.seconds['all']:.1f} in all, of which runs differ by {self.seconds['noise']:.1f}; what groups "
            "share is saved by none of them alone, and a feature has "
            "no cost apart from its group, whose columns come out of one scan.",
            "",
        ]

    def _groups(self) -> list[str]:
        lines = [
            f"| {name} | {self._members(name)} | {self.worth[group_key(name)]} | {self._cost(name)} |"
            for name in groups(self.about)
        ]
        return ["| group | features | worth | seconds |", "|---|---|---|---|", *lines, ""]

    def _cost(self, group: str) -> str:
        """Seconds, or that no more was seen than runs of one query differ by."""
        seconds, noise = self.seconds[group], self.seconds["noise"]
        return f"{seconds:.1f}" if seconds > noise else f"below {noise:.1f}"

    def _members(self, group: str) -> int:
        return len(groups(self.about)[group])

    def _features(self) -> list[str]:
        ordered = sorted(self.about, key=lambda name: -self.worth[name].value)
        lines = [
            f"| `{name}` | {about.description} | {about.owner or 'nobody'} | {group_of(about)} | {self.worth[name]} | "
            f"{self.worth[name].verdict} |"
            for name, about in ((name, self.about[name]) for name in ordered)
        ]
        return ["| feature | what it is | owner | group | worth | |", "|---|---|---|---|---|---|", *lines, ""]

    def _idle(self) -> list[str]:
        idle = [f"`{name}`" for name in self.about if self.worth[name].verdict != "pays"]
        return [f"Do not pay by themselves: {', '.join(idle) or 'none'}."]


def group_of(about: About) -> str:
    """The group that a feature is computed with."""
    return about.group or "others"


def groups(about: Mapping[str, About]) -> dict[str, list[str]]:
    """Group to features, in the order of the contract."""
    found: dict[str, list[str]] = {}
    for name, said in about.items():
        found.setdefault(group_of(said), []).append(name)
    return found


def group_key(group: str) -> str:
    """A name that no column has."""
    return f"group {group}"
