"""Waiting for a condition instead of sleeping."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 90


def wait_until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the condition's first true value; fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
