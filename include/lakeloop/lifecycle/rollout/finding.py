"""What one limit says of the challenger at one look."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A figure, its limit and its interval.

    Args:
        name: of the limit, as the configuration has it.
        figure: as seen.
        least: the true figure is at least this, at the error rate given to this limit.
        limit: the figure may be as large.
        said: a sentence with all of these.
        seen: whether there was anything to judge.
    """

    name: str
    figure: float
    least: float
    limit: float
    said: str
    seen: bool = True

    @property
    def beyond(self) -> bool:
        """It is shown that the limit is passed."""
        return self.seen and self.least > self.limit

    @property
    def within(self) -> bool:
        """What was seen keeps the limit, whether or not that is shown."""
        return self.seen and self.figure <= self.limit
