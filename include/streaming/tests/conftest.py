"""Servers, scorers and configurations, see `eventscorer_testing.fixtures`."""

from eventscorer_testing.fixtures import (
    booster,
    broker,
    configured,
    folder,
    redis_url,
    scorer,
    stateful,
)

__all__ = ["booster", "broker", "configured", "folder", "redis_url", "scorer", "stateful"]
