"""Compiles the Java classes behind the workspace's catalogs, with Eclipse's compiler on a plain Java runtime."""

import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "java"
# The newest that the oldest Java runtime of the workspace reads.
RELEASE = "17"


class CatalogJarError(RuntimeError):
    """The classes cannot be compiled; the message holds what the compiler said."""


def sources_digest(sources: Path = SOURCES) -> str:
    """A digest of all source files and their places."""
    digest = sha256()
    for file in _files(sources):
        digest.update(f"{file.relative_to(sources)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def compile_catalog(
    java: str, compiler: Path, class_path: Sequence[Path], jar: Path, sources: Path = SOURCES
) -> None:
    """Write `jar`, whole or not at all.

    Args:
        java: program of a Java runtime.
        compiler: jar of `org.eclipse.jdt:ecj`.
        class_path: folders of jars: Spark's own, and those that come beside it.

    Raises:
        CatalogJarError: the compiler refused the sources.
    """
    with tempfile.TemporaryDirectory(prefix="catalog-", dir=jar.parent) as folder:
        classes, draft = Path(folder) / "classes", Path(folder) / jar.name
        _compile(java, compiler, class_path, sources, classes)
        with zipfile.ZipFile(draft, "w") as archive:
            for file in sorted(classes.rglob("*.class")):
                archive.write(file, file.relative_to(classes))
        draft.replace(jar)


def _compile(java: str, compiler: Path, class_path: Sequence[Path], sources: Path, classes: Path) -> None:
    # The compiler does not know the wildcards of Java's own class path.
    jars = ":".join(str(jar) for folder in class_path for jar in sorted(folder.glob("*.jar")))
    options = ["-" + RELEASE, "-proc:none", "-nowarn", "-encoding", "UTF-8", "-cp", jars, "-d", str(classes)]
    command = [java, "-jar", str(compiler), *options, *map(str, _files(sources))]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise CatalogJarError(f"the classes of {sources} do not compile with {compiler.name}:\n{said[:4000]}")


def _files(sources: Path) -> list[Path]:
    return sorted(sources.rglob("*.java"))
