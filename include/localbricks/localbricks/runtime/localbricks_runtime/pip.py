"""`%pip`: nothing is fetched here, so what is asked for must be installed already."""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from localbricks_paths import PathError, workspace_file, workspace_root

from .installed import PipError, is_installed, version_for

# Options of pip that change nothing when all is there already, without and with a value.
FLAGS = frozenset(
    (
        *("--quiet", "--verbose", "--no-input", "--no-color", "--isolated", "--disable-pip-version-check"),
        *(
            "--upgrade",
            "--force-reinstall",
            "--ignore-installed",
            "--no-deps",
            "--pre",
            "--prefer-binary",
            "--user",
        ),
        *(
            "--no-cache-dir",
            "--no-index",
            "--no-build-isolation",
            "--no-warn-script-location",
            "--no-warn-conflicts",
        ),
    )
)
VALUED = frozenset(
    (
        *(
            "-i",
            "--index-url",
            "--extra-index-url",
            "-f",
            "--find-links",
            "--trusted-host",
            "--proxy",
            "--cache-dir",
        ),
        *("--upgrade-strategy", "--only-binary", "--no-binary", "--root-user-action", "--exists-action"),
        *("--timeout", "--retries", "--progress-bar", "--log"),
    )
)
SHORT_FLAGS = re.compile(r"-[qUvI]+")
REQUIREMENTS, CONSTRAINTS = ("-r", "--requirement"), ("-c", "--constraint")


def pip(line: str) -> None:
    """Run one line of `%pip`: `install` checks, `list` and `freeze` print. Raises PipError for anything else."""
    command, *words = shlex.split(line, comments=True) or [""]
    if command == "install" and words:
        for wanted in _asked(words):
            print(f"Requirement already satisfied: {wanted} ({version_for(wanted)})")
    elif command in ("list", "freeze"):
        print("\n".join(sorted({f"{entry.name}=={entry.version}" for entry in distributions()})))
    else:
        raise PipError(
            f"%pip {line}: the local workspace knows %pip install with what to install, list, and freeze"
        )


def _asked(words: list[str]) -> list[str]:
    """What the words of `pip install` ask for, options taken away."""
    waiting, asked = iter(words), []
    for word in waiting:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            asked.append(word)
        elif name in (*REQUIREMENTS, *CONSTRAINTS):
            asked += _lines(value if equals else next(waiting, ""), only_installed=name in CONSTRAINTS)
        elif name in VALUED:
            value = value if equals else next(waiting, "")
        elif word not in FLAGS and not SHORT_FLAGS.fullmatch(word):
            raise PipError(f"%pip install {word}: the local workspace does not know this option")
    return asked


def _lines(name: str, only_installed: bool) -> list[str]:
    """The requirements of a file; of a file of constraints those whose package is installed."""
    file = _on_disk(name)
    if not file.is_file():
        raise PipError(f"%pip install: there is no file {name}")
    lines = (line.split(" #")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    asked = list(_of_file([line for line in lines if line and not line.startswith("#")]))
    return [text for text in asked if is_installed(text)] if only_installed else asked


def _of_file(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("-"):
            option, *rest = shlex.split(line)
            yield from _asked([option, *rest]) if option in (*REQUIREMENTS, *CONSTRAINTS) else ()
        else:
            yield line


def _on_disk(name: str) -> Path:
    try:
        return workspace_file(workspace_root(), name) if name.startswith("/") else Path(name)
    except PathError as error:
        raise PipError(f"%pip install: {error}") from error
