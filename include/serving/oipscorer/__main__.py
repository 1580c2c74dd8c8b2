"""``python -m oipscorer --model arrivals=FOLDER@3 --port 8080``: serves until SIGTERM or SIGINT, drains and exits 0."""

import logging
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from . import lean  # noqa: F401  first, as it says
from .command import parser, settings_of, sources_of
from .repository.sources import Source
from .settings import Settings
from .state.folder import StateError, StateFolder
from .workers.children import forked
from .workers.sockets import bound_sockets
from .workers.supervisor import Supervisor

TAKE_OVER_SECONDS = 10.0  # for workers of a server that was killed to end


def main() -> None:
    """Exits 2 with a sentence when an option is wrong, or a folder or the port cannot be had."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = parser().parse_args()
    try:
        sources, settings = sources_of(options), settings_of(options)
        with tempfile.TemporaryDirectory(prefix="oipscorer-") as own:
            place = (options.state or Path(own)).absolute()
            with StateFolder(place).lock("server", TAKE_OVER_SECONDS):
                sys.exit(_serve(place, options, settings, sources))
    except (ValueError, OSError, StateError) as error:
        print(f"oipscorer: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        sys.exit(2)


def _serve(place: Path, options: Namespace, settings: Settings, sources: list[Source]) -> int:
    bound = bound_sockets(options.host, options.port, options.workers)
    port = bound[0].getsockname()[1]
    if _seeded(place, sources):
        return 1

    def serve(number: int, ready: Callable[[], None], lifeline: int) -> None:
        from .workers.worker import serve as work  # a model's libraries are for the workers alone

        for other in bound:
            if other is not bound[number]:
                other.close()
        work(place, settings, bound[number], f"worker-{number}", ready, lifeline)

    said = f"oipscorer listens on http://{options.host}:{port}"
    return Supervisor(serve, bound).run(lambda: print(said, flush=True))


def _seeded(place: Path, sources: list[Source]) -> int:
    """The exit status of the process that has loaded the versions."""

    def work() -> None:
        from .workers.seeding import seed

        seed(place, sources)

    return os.waitpid(forked(work), 0)[1]


if __name__ == "__main__":
    main()
