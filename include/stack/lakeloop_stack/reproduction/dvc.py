"""Brings pinned data back with an unmodified DVC."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .version import ReproductionError

TAIL = 8
# DVC checks what it brings: a remote whose contents were changed is found out.
CONFIG = """[core]
    no_scm = true
    analytics = false
    remote = pinned
['remote "pinned"']
    url = {url}
    verify = true
"""


def set_up(folder: Path, remote: str, environment: Mapping[str, str]) -> None:
    """Make `folder` a DVC project with the remote `remote` (``s3://bucket/dvc``); no secret is written."""
    (folder / ".dvc").mkdir(parents=True)
    endpoint = environment.get("AWS_ENDPOINT_URL")
    text = CONFIG.format(url=remote) + (f"    endpointurl = {endpoint}\n" if endpoint else "")
    (folder / ".dvc" / "config").write_text(text, encoding="utf-8")


def pull(dvc: Path, folder: Path, document: str, environment: Mapping[str, str]) -> None:
    """Bring what `document` (``snapshot.dvc``) points to. Raises ReproductionError with what DVC said.

    Args:
        environment: holds the AWS credentials.
    """
    command = [str(dvc), "pull", "--quiet", document]
    done = subprocess.run(
        command, cwd=folder, env=settings(folder, environment), capture_output=True, text=True
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise ReproductionError(
            f"dvc pull {document} ended with status {done.returncode}: the remote of {folder / '.dvc' / 'config'} is "
            f"down, or no longer holds the data.\n{said}"
        )


def settings(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a DVC that works in `folder` alone: the user's own settings and cache have no part in it."""
    own = folder / ".dvc"
    places = {f"DVC_{what}_DIR": str(own / "none") for what in ("GLOBAL_CONFIG", "SYSTEM_CONFIG")}
    aws = {name: value for name, value in environment.items() if name.startswith("AWS_")}
    return {
        "PATH": os.defpath,
        "HOME": os.environ.get("HOME", str(folder)),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(own / "site"),
        **places,
        **aws,
    }
