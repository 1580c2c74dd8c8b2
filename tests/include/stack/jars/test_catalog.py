"""The catalogs' classes are compiled once for what they are made from, with the compiler that `make setup` fetched."""

import zipfile
from pathlib import Path

import pytest

from lakeloop_stack.jars import Jars
from lakeloop_stack.jars.catalog import ensure_catalog
from lakeloop_stack.jars.fetch import ensure_jars
from lakeloop_stack.machine.java import java_program
from localbricks.spark.catalog_jar import CatalogJarError, compile_catalog, sources_digest


@pytest.fixture(scope="module")
def fetched() -> Jars:
    return ensure_jars()


@pytest.fixture
def jars(fetched: Jars, tmp_path: Path) -> Jars:
    """The real jars in a cache of their own, where nothing is compiled yet."""
    (tmp_path / "set").symlink_to(fetched.root)
    return Jars(tmp_path / "set")


def test_the_classes_are_compiled_once(jars: Jars) -> None:
    said: list[str] = []
    ensure_catalog(jars, said.append)
    with zipfile.ZipFile(jars.catalog) as archive:
        assert "localbricks/catalog/WorkspaceCatalog.class" in archive.namelist()
    made = jars.catalog.stat().st_mtime_ns
    ensure_catalog(jars, said.append)
    assert (len(said), jars.catalog.stat().st_mtime_ns) == (1, made)
    assert sorted(path.name for path in jars.catalog.parent.iterdir()) == ["catalog.jar"]


def test_another_set_of_jars_or_another_source_is_another_place(jars: Jars, tmp_path: Path) -> None:
    assert Jars(tmp_path / "other").catalog != jars.catalog
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "A.java").write_text("class A { }")
    before = sources_digest(sources)
    (sources / "A.java").rename(sources / "B.java")
    moved = sources_digest(sources)
    (sources / "B.java").write_text("class B { }")
    assert len({before, moved, sources_digest(sources)}) == 3


def test_what_the_compiler_refuses_is_shown_and_nothing_is_kept(fetched: Jars, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "Broken.java").write_text("class Broken { int x = nothing; }")
    jar = tmp_path / "catalog.jar"
    with pytest.raises(CatalogJarError, match=r"ecj-3\.42\.0\.jar:\n(.|\n)*Broken\.java(.|\n)*nothing"):
        compile_catalog(java_program(), fetched.compiler, (), jar, tmp_path / "sources")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sources"]
