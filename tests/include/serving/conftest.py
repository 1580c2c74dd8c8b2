"""A broker, see `eventscorer_testing.fixtures`."""

from eventscorer_testing.fixtures import broker

__all__ = ["broker"]
