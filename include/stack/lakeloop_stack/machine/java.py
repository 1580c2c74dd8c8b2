"""Java: where it is, whether it is new enough, and how it gets here when it is missing."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

OLDEST = 17
PACKAGES = ("openjdk-17-jre-headless", "openjdk-21-jre-headless")
VERSION = re.compile(r'version "(?:1\.)?(\d+)')


class JavaError(RuntimeError):
    """Java is missing or too old; the message says exactly what to do."""


def java_program() -> str:
    """Path of ``java``: of JAVA_HOME, else on PATH. Raises JavaError when there is none or it is too old."""
    program = _find()
    if program is None:
        raise JavaError(f"Java is not installed. {_advice()}")
    version = java_version(program)
    if version < OLDEST:
        raise JavaError(f"{program} is Java {version}, Spark needs {OLDEST} or newer. {_advice()}")
    return program


def java_version(program: str) -> int:
    """Major version: 8, 17, 21."""
    banner = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    match = VERSION.search(banner)
    if match is None:
        raise JavaError(f"{program} -version does not tell its version: {banner.strip()[:200]}")
    return int(match[1])


def ensure_java(say: Callable[[str], None]) -> str:
    """Like :func:`java_program`, but installs Java through apt when it is missing and this user is root."""
    if _find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(say)
    return java_program()


def _find() -> str | None:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        return str(Path(home) / "bin" / "java")
    return shutil.which("java")


def _install(say: Callable[[str], None]) -> None:
    say(f"Java is missing: installing {PACKAGES[0]} through apt")
    subprocess.run(["apt-get", "update", "-q"], capture_output=True)
    for package in PACKAGES:
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=environment, capture_output=True).returncode == 0:
            return
    raise JavaError(f"apt could not install {' or '.join(PACKAGES)}. {_advice()}")


def _advice() -> str:
    return f"Run: sudo apt-get update && sudo apt-get install -y {PACKAGES[0]}"
