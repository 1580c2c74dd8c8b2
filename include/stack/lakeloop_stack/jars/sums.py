"""Are these the jars that were recorded?"""

from hashlib import file_digest
from pathlib import Path


class JarError(RuntimeError):
    """A jar is missing, or is not what was recorded; the message says which, and what to do."""


def read_sums(file: Path) -> dict[str, str]:
    """``{"spark/x-1.0.jar": "<sha256>"}`` from a file in the format of sha256sum."""
    pairs = (line.split(maxsplit=1) for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    return {path.strip(): digest for digest, path in pairs}


def check(folder: Path, sums: dict[str, str]) -> None:
    """Raise JarError for the first jar of `sums` that is missing in `folder` or has another sum."""
    for name, expected in sums.items():
        digest = _digest(folder / name)
        if digest is None:
            raise JarError(f"{name} is missing in {folder}; run lakeloop jars to fetch it again")
        if digest != expected:
            raise JarError(
                f"{name} has the SHA-256 {digest}, expected {expected}: it was damaged on its way, or the repository "
                f"serves another file. Nothing was kept. Try again, then check the mirror in your ivysettings.xml"
            )


def _digest(file: Path) -> str | None:
    try:
        with file.open("rb") as reader:
            return file_digest(reader, "sha256").hexdigest()
    except FileNotFoundError:
        return None
