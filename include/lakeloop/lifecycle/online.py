"""The online store of a stream use case: what is known of each entity, for decisions within milliseconds.

Redis on a laptop; PostgreSQL where the target is Databricks, whose online store Lakebase speaks it. The address comes
from the environment, where the target's compute keeps its secrets: REDIS_URL, or ONLINE_STORE_URL for PostgreSQL.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakeloop.config import Target

if TYPE_CHECKING:
    from eventfeatures.stores.postgresql import PostgresStore
    from eventfeatures.stores.redis import RedisStore

VARIABLES = {"redis": "REDIS_URL", "postgresql": "ONLINE_STORE_URL"}


class NoOnlineStoreError(RuntimeError):
    """The environment does not say where the online store is."""


def online_store(
    target: Target, namespace: str, environment: Mapping[str, str] | None = None
) -> "RedisStore | PostgresStore":
    """A client of the store, in one namespace of it, see `lakeloop.config.use_case.stream.namespace`.

    Raises NoOnlineStoreError, and eventfeatures' StoreError when it does not answer.
    """
    given = os.environ if environment is None else environment
    variable = VARIABLES[target.online_store]
    url = given.get(variable)
    if not url:
        raise NoOnlineStoreError(
            f"target {target.name} keeps online features in {target.online_store}, but {variable} is not set "
            "(on a laptop: lakeloop up --realtime)"
        )
    if target.online_store == "redis":
        from eventfeatures.stores.redis import RedisStore

        return RedisStore(url, prefix=namespace)
    from eventfeatures.stores.postgresql import PostgresStore

    return PostgresStore(url, namespace)
