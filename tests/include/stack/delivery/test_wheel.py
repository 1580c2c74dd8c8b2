"""The wheel: built without a network, the same bytes for the same sources."""

import zipfile
from pathlib import Path

from lakeloop.config.target import WHEEL
from lakeloop_stack.delivery.wheel import build_wheel


def test_the_wheel_carries_the_entry_points_and_is_reproducible(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = build_wheel(one)
    assert first.name == WHEEL
    assert first.read_bytes() == build_wheel(two).read_bytes()
    with zipfile.ZipFile(first) as wheel:
        points = wheel.read("lakeloop-0.1.0.dist-info/entry_points.txt").decode()
        assert {"lakeloop_jobs/ingest.py", "lakeloop_jobs/score.py", "lakeloop/use_cases/churn.yaml"} <= set(
            wheel.namelist()
        )
    for name in ("ingest", "register", "promote", "score"):
        assert f"{name} = lakeloop_jobs.{name}:main" in points


def test_unchanged_sources_are_not_built_again(tmp_path: Path) -> None:
    first = build_wheel(tmp_path)
    made = first.stat().st_mtime_ns
    assert build_wheel(tmp_path) == first
    assert first.stat().st_mtime_ns == made
