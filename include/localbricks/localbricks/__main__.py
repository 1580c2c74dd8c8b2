"""`python -m localbricks`: the local workspace, in the foreground."""

import os
import sys

import uvicorn

from .app import create_app
from .jobs.engine.store import StateInUseError
from .settings import WorkspaceSettings
from .spark import SettingsError


def main() -> None:
    """Serve until a signal comes; running tasks go on and are found again at the next start."""
    # Runs, logs, libraries and what tasks write are the user's own, whoever started this process.
    os.umask(0o077)
    try:
        settings = WorkspaceSettings.from_environment()
        app = create_app(settings)
    except (SettingsError, StateInUseError) as error:
        sys.exit(f"localbricks: {error}")
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        # Clients poll every second; their polls would bury everything else.
        access_log=False,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
