"""`spark` before its first use: a session costs seconds, which a notebook's first cells need not wait for."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Lazy:
    """Stands for an object until its first use; ``isinstance`` and attributes see the object itself."""

    def __init__(self, make: Callable[[], Any]) -> None:
        object.__setattr__(self, "_make", make)

    def _made(self) -> Any:
        return object.__getattribute__(self, "_make")()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_ipython_"):
            # IPython asks every object that it shows; that is no use of the object.
            raise AttributeError(name)
        return getattr(self._made(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._made(), name, value)

    def __dir__(self) -> list[str]:
        return dir(self._made())

    def __repr__(self) -> str:
        return repr(self._made())

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._made())


def lazy_session(namespace: dict[str, Any], early: bool) -> Any:
    """Return a stand-in for the session: Connect where SPARK_REMOTE is set, else a classic driver.

    The first use puts the session itself into the notebook's namespace, unless the notebook has its own by then.

    Args:
        early: open the session at once, in the background.
    """
    opening = ThreadPoolExecutor(1, thread_name_prefix="spark").submit(open_session) if early else None

    def make() -> Any:
        if opening:
            # Whether or not that went well: what counts is what comes now, in the notebook's own thread.
            opening.exception()
        session = open_session()
        if namespace.get("spark") is stand_in:
            namespace["spark"] = session
        return session

    stand_in = Lazy(make)
    return stand_in


def open_session() -> Any:
    """Return the session of this compute."""
    from pyspark.sql import SparkSession

    # Spark Connect logs each error as JSON with the server's whole stack, and then raises it as well.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return SparkSession.builder.getOrCreate()
