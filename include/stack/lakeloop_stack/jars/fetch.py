"""Fetches the jars with the Ivy that pyspark ships; whole and checked, or not at all."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localbricks.spark import spark_home

from ..machine.java import java_program
from . import IVY_FILE, SUMS_FILE, Jars, cache_folder, set_name
from .sums import JarError, check, read_sums

PATTERN = "[conf]/[artifact]-[revision](-[classifier]).[ext]"
SETTINGS_VARIABLE = "LAKELOOP_IVY_SETTINGS"
Download = Callable[[Path], None]


def ensure_jars(
    say: Callable[[str], None] = print,
    cache: Path | None = None,
    sums_file: Path = SUMS_FILE,
    download: Download | None = None,
) -> Jars:
    """The checked set of jars, fetched when it is not there yet; needs no network when it is.

    Args:
        say: told, in one line, when something takes long.
        download: fills a folder with the jars; Ivy's download unless a test brings its own.

    Raises:
        JarError: the download failed, or a jar is not the recorded one.
    """
    cache = cache or cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    final, sums = cache / set_name(IVY_FILE, sums_file), read_sums(sums_file)
    with one_at_a_time(cache, say):
        if not _complete(final, sums, say):
            say(f"Fetching {len(sums)} jars (about 140 MB, once) into {final}")
            _fetch(final, sums, download or _ivy)
    return Jars(final)


def _complete(final: Path, sums: dict[str, str], say: Callable[[str], None]) -> bool:
    if not final.exists():
        return False
    try:
        check(final, sums)
    except JarError as error:
        say(f"The cached jars are damaged and are fetched again: {error}")
        shutil.rmtree(final)
        return False
    return True


def _fetch(final: Path, sums: dict[str, str], download: Download) -> None:
    """Download beside the final place, check, then rename: an interruption leaves nothing that looks complete."""
    for old in final.parent.glob("download-*"):  # of a download that was killed; we hold the lock
        shutil.rmtree(old)
    with tempfile.TemporaryDirectory(prefix="download-", dir=final.parent) as folder:
        draft = Path(folder) / "jars"
        draft.mkdir()
        download(draft)
        check(draft, sums)
        draft.rename(final)


@contextmanager
def one_at_a_time(cache: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of the folder `cache`; the kernel gives it back when its holder dies."""
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is fetching the jars; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ivy(folder: Path) -> None:
    """Run Ivy; its own cache lies beside `folder` and goes with it."""
    command = [java_program(), "-cp", f"{spark_home()}/jars/*", "org.apache.ivy.Main", "-ivy", str(IVY_FILE)]
    command += ["-cache", str(folder.parent / "ivy"), "-retrieve", f"{folder}/{PATTERN}", "-warn"]
    settings = os.environ.get(SETTINGS_VARIABLE)
    if settings:
        if not Path(settings).is_file():
            raise JarError(f"{SETTINGS_VARIABLE}={settings}: there is no such file")
        command += ["-settings", settings]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise JarError(_why(done.stdout + done.stderr))


def _why(output: str) -> str:
    """What Ivy complained about, without its progress dots and its stack traces."""
    words = ("unresolved", "not found", "exception", "error", "failed", "unknown host")
    lines = [line.strip() for line in output.splitlines()]
    complaints = [
        line for line in lines if any(word in line.lower() for word in words) and not line.startswith("at ")
    ]
    shown = "\n  ".join(dict.fromkeys(complaints[:5])) or output[-500:]
    return (
        f"The jars could not be fetched. Without a network they cannot be; behind a mirror, point {SETTINGS_VARIABLE} "
        f"to your ivysettings.xml. Ivy said:\n  {shown}"
    )
