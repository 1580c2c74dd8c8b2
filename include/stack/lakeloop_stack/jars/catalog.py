"""Compiles the classes behind the workspace's catalogs, once for each set of what they are made from."""

from collections.abc import Callable

from localbricks.spark import spark_home
from localbricks.spark.catalog_jar import compile_catalog

from ..machine.java import java_program
from . import Jars
from .fetch import ensure_jars, one_at_a_time


def ready_jars(say: Callable[[str], None] = print) -> Jars:
    """All jars of the stack: fetched, checked and compiled. Raises JarError or CatalogJarError."""
    jars = ensure_jars(say)
    ensure_catalog(jars, say)
    return jars


def ensure_catalog(jars: Jars, say: Callable[[str], None] = print) -> None:
    """Compile ``jars.catalog`` unless it is there. Raises CatalogJarError."""
    jar = jars.catalog
    if jar.exists():
        return
    with one_at_a_time(jars.root.parent, say):
        if not jar.exists():
            say(f"Compiling the catalogs of the local workspace (once) into {jar.parent}")
            jar.parent.mkdir(exist_ok=True)
            compile_catalog(java_program(), jars.compiler, (spark_home() / "jars", jars.spark), jar)
