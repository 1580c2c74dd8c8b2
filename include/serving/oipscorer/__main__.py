"""``python -m oipscorer --model arrivals=FOLDER@3 --port 8080``: serves until SIGTERM or SIGINT, drains and exits 0."""

import logging
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from . import lean  # noqa: F401  first, as it says
from .command import parser, registered_of, settings_of, sources_of
from .state.folder import StateError, StateFolder
from .state.members import own_counters, peers, sweep
from .web.authentication import Authentication
from .workers.orders import Orders
from .workers.sockets import bound_sockets, reserved
from .workers.supervisor import Supervisor

TAKE_OVER_SECONDS = 2.0  # after their drain, for the workers of a server that was killed


def main() -> None:
    """Exits 2 with a sentence when an option is wrong, or a folder or the port cannot be had."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = parser().parse_args()
    try:
        sources, registered = sources_of(options), registered_of(options)
        held = None if options.grpc_port is None else reserved(options.host, options.grpc_port)
        settings = settings_of(options, None if held is None else held.getsockname()[1])
        Authentication(settings)  # a missing token is said now
        with tempfile.TemporaryDirectory(prefix="oipscorer-") as own:
            place = (options.state or Path(own)).absolute()
            with StateFolder(place).lock("server", settings.drain_seconds + TAKE_OVER_SECONDS):
                orders = Orders(place, settings, sources, registered)
                sys.exit(_serve(orders, options))
    except (ValueError, OSError, StateError) as error:
        print(f"oipscorer: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        sys.exit(2)


def _serve(orders: Orders, options: Namespace) -> int:
    sockets = bound_sockets(options.host, options.port, options.workers)
    rpc = orders.settings.grpc_port
    by_grpc = "" if rpc is None else f" and grpc://{options.host}:{rpc}"
    said = f"oipscorer listens on http://{options.host}:{sockets[0].getsockname()[1]}{by_grpc}"
    _tidy(StateFolder(orders.place))

    def serve(number: int, ready: Callable[[], None], lifeline: int) -> None:
        from .workers.worker import serve as work  # a model's libraries are for the workers alone

        for other in sockets:
            if other is not sockets[number]:
                other.close()
        work(orders, sockets[number], f"worker-{number}", ready, lifeline)

    return Supervisor(serve, sockets).run(lambda: print(said, flush=True))


def _tidy(state: StateFolder) -> None:
    """Removes what an earlier server left: its members, its counters, and that it was seeded."""
    sweep(state)
    counting = {own_counters(taken) for peer in peers(state) if (taken := peer.taken())}
    for folder in state.counters.iterdir():
        if folder.name not in counting:  # a follower that lives counts on
            shutil.rmtree(folder)
    state.seeded.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
