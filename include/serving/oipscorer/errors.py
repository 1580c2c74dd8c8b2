"""What a client is told when its request is refused, and why a model may not take traffic."""

SHOWN = 80  # characters of a value that an error repeats


def shown(value: object) -> str:
    """A value as an error repeats it: its repr, cut where a client sent a long one."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class RefusedError(Exception):
    """A request that is not carried out: the HTTP status and the sentence for its body ``{"error": ...}``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class UnusableModelError(Exception):
    """A folder whose model may not take traffic; its text is the reason in the repository's index."""


class ClientGoneError(Exception):
    """The client closed its connection before its request had come."""
