"""A broker, Redis and scorers, see `eventscorer_testing.fixtures`."""

from eventscorer_testing.fixtures import broker, redis_url, scorer

__all__ = ["broker", "redis_url", "scorer"]
