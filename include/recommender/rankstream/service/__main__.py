"""``python -m rankstream.service --config FILE``; what FILE says is `rankstream.service.config.Config`."""

import oipscorer.lean  # noqa: F401, I001 - first: XGBoost starts sooner without scikit-learn

import argparse
import logging
import sys
from pathlib import Path

from ..errors import ModelError
from .app import Application
from .config import ConfigError, read_config
from .server import DrainingServer, listening


def main() -> None:
    """Serves until SIGTERM; exits 2 where it cannot begin, and says why."""
    parser = argparse.ArgumentParser(prog="python -m rankstream.service")
    parser.add_argument("--config", type=Path, required=True, help="a JSON file")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        config = read_config(arguments.config)
        listens = listening(config.host, config.port)
        application = Application(config)
    except (ConfigError, ModelError, OSError) as error:
        print(f"rankstream cannot start: {error}", file=sys.stderr)
        sys.exit(2)
    DrainingServer(application, config).run(sockets=[listens])


if __name__ == "__main__":
    main()
