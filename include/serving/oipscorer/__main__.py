"""``python -m oipscorer --model arrivals=FOLDER@3 --port 8080``: serves until SIGTERM or SIGINT, drains and exits 0."""

import logging
import sys

from . import lean  # noqa: F401  first, as it says
from .app import Application
from .command import parser, settings_of, sources_of
from .repository.repository import Repository
from .server import DrainingServer, bound_socket, port_of, reserved

log = logging.getLogger("oipscorer")


def main() -> None:
    """Exits 2 with a sentence when an option is wrong, a folder is missing or the port is taken."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = parser().parse_args()
    repository = Repository()
    try:
        sources = sources_of(options)
        bound = bound_socket(options.host, options.port)
        held = None if options.grpc_port is None else reserved(options.host, options.grpc_port)
    except (ValueError, OSError) as error:
        print(f"oipscorer: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        sys.exit(2)
    for source in sources:
        repository.load_now(source)
    _tell(repository)
    settings = settings_of(options, held and port_of(held))
    by_grpc = f" and grpc://{options.host}:{settings.grpc_port}" if held else ""
    said = f"oipscorer listens on http://{options.host}:{port_of(bound)}{by_grpc}"
    server = DrainingServer(Application(repository, settings), settings, lambda: print(said, flush=True))
    server.run(sockets=[bound])


def _tell(repository: Repository) -> None:
    for line in repository.index(only_ready=False):
        log.info("%s version %s is %s %s", line["name"], line["version"], line["state"], line["reason"])


if __name__ == "__main__":
    main()
