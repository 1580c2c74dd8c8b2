"""A real Redis and an empty store on it, see `eventfeatures_testing.fixtures`."""

from eventfeatures_testing.fixtures import redis_server, redis_store

__all__ = ["redis_server", "redis_store"]
