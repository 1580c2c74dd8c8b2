"""What a user can put right: each names the thing, the value seen, and what was expected."""


class EdgeError(Exception):
    """All of these; the command ends with its message and exit code 1."""


class ModelError(EdgeError):
    """The model's folder is not whole, not what it says, or cannot run on this machine."""


class RowError(EdgeError):
    """A row cannot be scored; the others are.

    Args:
        feature: what is wrong; None where it is the row as a whole.
    """

    def __init__(self, message: str, feature: str | None = None) -> None:
        super().__init__(message)
        self.feature = feature


class LogError(EdgeError):
    """The log's folder cannot be used."""


class SyncError(EdgeError):
    """The destination cannot be used, or holds something else under the name of a segment."""
