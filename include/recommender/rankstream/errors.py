"""What is wrong with an interaction, a state, a table, a model folder or a setting."""

SHOWN = 80  # characters of a value that an error repeats


def shown(value: object) -> str:
    """A value as an error repeats it: its repr, cut where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class SettingsError(ValueError):
    """A setting that cannot be; the text names it, its value and what was expected."""


class InteractionError(ValueError):
    """An interaction or a table of them that cannot be; the text names the field and the value seen."""


class StateError(ValueError):
    """Bytes that are no state of these settings; the text names the entity."""


class ModelError(ValueError):
    """A model folder that does not fit; the text names the file and what was expected."""
