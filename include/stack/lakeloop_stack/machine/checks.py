"""What must hold on this machine before the stack can start; ``lakeloop setup`` runs all of it."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from .java import ensure_java, java_version
from .settings import StackSettings

FREE_GB = 3


class MachineError(RuntimeError):
    """This machine cannot run the stack; the message says why and what to do."""


def check_machine(settings: StackSettings, say: Callable[[str], None]) -> list[str]:
    """Check Python, Java and the file system; returns one line for each that is well.

    Raises:
        MachineError, JavaError: for the first that is not.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    java = ensure_java(say)
    return [
        _python(),
        f"Java {java_version(java)}: {java}",
        _attributes(settings.home),
        _space(settings.home),
    ]


def _python() -> str:
    if sys.platform != "linux":
        raise MachineError(f"The stack runs on Linux only (it reads /proc); this is {sys.platform}")
    return f"Python {sys.version_info.major}.{sys.version_info.minor}: {sys.executable}"


def _attributes(home: Path) -> str:
    """The S3 server keeps each object's ETag and metadata in extended attributes of its file."""
    probe = home / f".attributes-{os.getpid()}"
    probe.touch()
    try:
        os.setxattr(probe, "user.lakeloop", b"1")
    except OSError as error:
        raise MachineError(
            f"The file system of {home} keeps no extended attributes ({error.strerror}), which the S3 server needs; "
            "set LAKELOOP_HOME to a folder on ext4, xfs or btrfs"
        ) from error
    finally:
        probe.unlink()
    return f"Extended attributes: {home}"


def _space(home: Path) -> str:
    free = shutil.disk_usage(home).free / 1e9
    if free < FREE_GB:
        raise MachineError(f"Only {free:.1f} GB are free in {home}, the stack needs {FREE_GB} GB")
    return f"Disk: {free:.0f} GB free"
