"""What an export refuses."""


class ExportError(RuntimeError):
    """The version cannot be exported to the target, or there is something in its place; nothing was written."""
