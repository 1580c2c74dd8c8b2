"""Servers and stores, see `eventfeatures_testing.fixtures`."""

from eventfeatures_testing.fixtures import postgres_server, postgres_store, redis_server, redis_store

__all__ = ["postgres_server", "postgres_store", "redis_server", "redis_store"]
