"""``python -m eventscorer_testing.killing``: the scorer, which kills itself once at a step of one of its batches.

$KILL_AT is a step and the number of the batch, such as ``after 3``: ``before``, ``after`` (the store has the batch) or
``published`` (so has Kafka).
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from eventscorer.command import main
from eventscorer.kafka.sink import Sink
from eventscorer.state.journal import Journal


def dying(call: Callable[..., Any], batch: int, *, first: bool) -> Callable[..., Any]:
    """`call`, which in that round is the last that this process does; `first`: instead of it."""
    rounds = iter(range(1, 1_000_000))

    def inner(*arguments: Any) -> Any:
        last = next(rounds) == batch
        if last and first:
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*arguments)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return inner


if __name__ == "__main__":
    step, _, number = os.environ["KILL_AT"].partition(" ")
    if step == "published":
        Sink.publish = dying(Sink.publish, int(number), first=False)  # type: ignore[method-assign]
    else:
        Journal.commit = dying(Journal.commit, int(number), first=step == "before")  # type: ignore[method-assign]
    sys.exit(main())
