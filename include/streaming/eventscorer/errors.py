"""What can be put right by whoever runs the scorer, and what the scorer itself recovers from."""


class ConfigError(ValueError):
    """The configuration is wrong; the message names the file, the field, the value and what was expected."""


class BatchLostError(RuntimeError):
    """The batch was not committed and another member may own its partitions: begin again from what is committed."""


class NotReadyError(RuntimeError):
    """No version can score now; the text says why. Nothing is lost by waiting."""
