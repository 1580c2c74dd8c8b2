"""``python launch.py <service.json>``: becomes the service that the file describes.

supervisord starts each service through this file, so that addresses, secrets and commands need no quoting in its conf.
It imports nothing but the standard library: each start and restart passes through here.
"""

import json
import os
import sys
from pathlib import Path


def main(file: str) -> None:
    """Replace this process by ``command``, in ``cwd``, with exactly the environment ``env``."""
    service = json.loads(Path(file).read_text(encoding="utf-8"))
    os.chdir(service["cwd"])
    os.execvpe(service["command"][0], service["command"], service["env"])


if __name__ == "__main__":
    main(sys.argv[1])
