"""``python -m eventscorer_testing.killing``: the scorer, which kills itself once at a step of its third batch.

$KILL_AT is ``before``, ``after`` (the store has the batch) or ``published`` (so has Kafka).
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from eventscorer.command import main
from eventscorer.kafka.sink import Sink
from eventscorer.state.redis_store import RedisStore

BATCH = 3


def dying(call: Callable[..., Any], *, first: bool) -> Callable[..., Any]:
    """`call`, which in its third round is the last that this process does; `first`: instead of it."""
    rounds = iter(range(1, 1_000_000))

    def inner(*arguments: Any) -> Any:
        last = next(rounds) == BATCH
        if last and first:
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*arguments)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return inner


if __name__ == "__main__":
    step = os.environ["KILL_AT"]
    if step == "published":
        Sink.publish = dying(Sink.publish, first=False)  # type: ignore[method-assign]
    else:
        RedisStore.commit = dying(RedisStore.commit, first=step == "before")  # type: ignore[method-assign]
    sys.exit(main())
