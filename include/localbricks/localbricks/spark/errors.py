"""What can be wrong with how a Spark of the workspace is set up."""


class SettingsError(ValueError):
    """A setting is missing or malformed; the message names the variable."""
