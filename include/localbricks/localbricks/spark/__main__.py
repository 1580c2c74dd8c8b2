"""`python -m localbricks.spark`: the Spark Connect server, in the foreground."""

import sys

from .errors import SettingsError
from .server import ServerError, run
from .settings import SparkSettings


def main() -> None:
    """Become the server, or exit with status 1 and one line that says why not."""
    try:
        run(SparkSettings.from_environment())
    except (ServerError, SettingsError, FileNotFoundError) as error:
        sys.exit(f"spark: {error}")


if __name__ == "__main__":
    main()
