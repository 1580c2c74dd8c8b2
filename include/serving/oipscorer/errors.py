"""What a client is told when its request is refused, and why a model may not take traffic."""


class RefusedError(Exception):
    """A request that is not carried out: the HTTP status and the sentence for its body ``{"error": ...}``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class UnusableModelError(Exception):
    """A folder whose model may not take traffic; its text is the reason in the repository's index."""
