"""What is wrong with a definition, an event or a state."""

SHOWN = 80  # characters of a value that an error repeats


def shown(value: object) -> str:
    """A value as an error repeats it: its repr, cut where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class DefinitionError(ValueError):
    """A definition that cannot be; the text names the field, its value and what was expected."""


class EventError(ValueError):
    """An event that lacks a field or has a value of another type; the text names the event and the field."""


class StateError(ValueError):
    """Bytes that are no state of this definition; the text names the entity and its key."""
