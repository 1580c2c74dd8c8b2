"""Fetching jars: whole and checked or not at all, once for all processes, and never again without need."""

import fcntl
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from lakeloop_stack.jars import IVY_FILE, SUMS_FILE, set_name
from lakeloop_stack.jars.fetch import ensure_jars
from lakeloop_stack.jars.sums import JarError, read_sums

CONTENT = {"spark/a-1.jar": b"first", "spark/b-2.jar": b"second", "s3proxy/s3proxy-4.jar": b"third"}


def write(folder: Path, content: dict[str, bytes]) -> None:
    for name, data in content.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


class Repository:
    """Stands where the network is: counts downloads, and may fail."""

    def __init__(self, content: dict[str, bytes], error: BaseException | None = None) -> None:
        self.content, self.error, self.downloads = content, error, 0

    def __call__(self, folder: Path) -> None:
        self.downloads += 1
        write(folder, self.content)
        if self.error:
            raise self.error


@pytest.fixture
def sums(tmp_path: Path) -> Path:
    file = tmp_path / "jars.sha256"
    file.write_text("".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in CONTENT.items()))
    return file


def quiet(_text: str) -> None:
    """Nobody reads along."""


def test_a_second_call_needs_no_download(tmp_path: Path, sums: Path) -> None:
    repository = Repository(CONTENT)
    first = ensure_jars(quiet, tmp_path / "cache", sums, repository)
    second = ensure_jars(quiet, tmp_path / "cache", sums, repository)
    assert (first, repository.downloads) == (second, 1)
    assert (first.spark / "a-1.jar").read_bytes() == b"first"
    assert first.s3proxy.name == "s3proxy-4.jar"


def test_a_wrong_sum_names_the_jar_and_both_sums_and_keeps_nothing(tmp_path: Path, sums: Path) -> None:
    evil = Repository({**CONTENT, "spark/b-2.jar": b"evil"})
    with pytest.raises(JarError) as caught:
        ensure_jars(quiet, tmp_path / "cache", sums, evil)
    for part in ("spark/b-2.jar", sha256(b"second").hexdigest(), sha256(b"evil").hexdigest(), "Try again"):
        assert part in str(caught.value)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_a_jar_that_was_not_delivered_is_named(tmp_path: Path, sums: Path) -> None:
    some = Repository({name: data for name, data in CONTENT.items() if name != "spark/a-1.jar"})
    with pytest.raises(JarError, match=r"spark/a-1\.jar is missing"):
        ensure_jars(quiet, tmp_path / "cache", sums, some)


def test_an_interrupted_download_leaves_nothing_and_the_next_one_succeeds(tmp_path: Path, sums: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        ensure_jars(quiet, tmp_path / "cache", sums, Repository(CONTENT, KeyboardInterrupt()))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]
    assert ensure_jars(quiet, tmp_path / "cache", sums, Repository(CONTENT)).s3proxy.exists()


def test_what_a_killed_download_left_is_removed(tmp_path: Path, sums: Path) -> None:
    left = tmp_path / "cache" / "download-x" / "jars"
    left.mkdir(parents=True)
    ensure_jars(quiet, tmp_path / "cache", sums, Repository(CONTENT))
    assert not left.parent.exists()


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, sums: Path) -> None:
    repository = Repository(CONTENT)
    jars = ensure_jars(quiet, tmp_path / "cache", sums, repository)
    (jars.spark / "a-1.jar").write_bytes(b"fir")
    said: list[str] = []
    ensure_jars(said.append, tmp_path / "cache", sums, repository)
    assert repository.downloads == 2
    assert (jars.spark / "a-1.jar").read_bytes() == b"first"
    assert "spark/a-1.jar" in said[0]


def test_one_process_waits_for_the_other(tmp_path: Path, sums: Path) -> None:
    """Another process holds the lock; ours says so, waits, and finds the jars of the other."""
    cache = tmp_path / "cache"
    cache.mkdir()
    holder = (cache / "lock").open("w")
    fcntl.flock(holder, fcntl.LOCK_EX)
    code = (
        "import sys; from pathlib import Path; from lakeloop_stack.jars.fetch import ensure_jars\n"
        "def never(_): raise SystemExit('downloaded')\n"
        "print(ensure_jars(lambda t: print(t, flush=True), Path(sys.argv[1]), Path(sys.argv[2]), never).root)"
    )
    command = [sys.executable, "-c", code, str(cache), str(sums)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert "waiting for it" in other.stdout.readline()
        write_all = cache / set_name(IVY_FILE, sums)
        write_all.mkdir()
        write(write_all, CONTENT)
        holder.close()
        assert other.stdout.read().strip() == str(write_all)
        assert other.wait() == 0


def test_without_a_repository_one_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real Ivy, with settings that lead nowhere."""
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(
        '<ivysettings><settings defaultResolver="none"/><resolvers><filesystem name="none">'
        f'<artifact pattern="{tmp_path}/none/[artifact]-[revision].[ext]"/></filesystem></resolvers></ivysettings>'
    )
    monkeypatch.setenv("LAKELOOP_IVY_SETTINGS", str(settings))
    with pytest.raises(JarError, match=r"could not be fetched.*LAKELOOP_IVY_SETTINGS") as caught:
        ensure_jars(quiet, tmp_path / "cache")
    assert "not found: software.amazon" in str(caught.value)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_settings_that_do_not_exist_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKELOOP_IVY_SETTINGS", "/no/such.xml")
    with pytest.raises(JarError, match=r"LAKELOOP_IVY_SETTINGS=/no/such.xml"):
        ensure_jars(quiet, tmp_path / "cache")


def test_every_recorded_jar_is_pinned_in_ivy_xml_and_no_address_is_written_down() -> None:
    ivy, sums = IVY_FILE.read_text(), read_sums(SUMS_FILE)
    assert ivy.count("<dependency ") == len(sums) == 102
    assert ivy.count('transitive="false"') == 102
    for name in sums:
        stem = name.split("/")[1].removesuffix(".jar").removesuffix("-jar-with-dependencies")
        assert any(f'name="{stem[:i]}" rev="{stem[i + 1 :]}"' in ivy for i in range(len(stem))), name
    addresses = [part for part in ivy.split('"') if "://" in part]
    assert addresses == ["http://ant.apache.org/ivy/maven"]  # the name of a namespace
