"""Crashes are counted from what supervisord wrote."""

from pathlib import Path

from lakeloop_stack.machine.home import Home
from lakeloop_stack.supervisor.status import read_crashes, status

LOG = """\
2026-01-01 10:00:00,000 INFO spawned: 's3' with pid 10
2026-01-01 10:00:02,000 INFO success: s3 entered RUNNING state, process has stayed up for > than 2 seconds (startsecs)
2026-01-01 10:00:03,000 WARN exited: s3 (terminated by SIGKILL; not expected)
2026-01-01 10:00:04,000 INFO spawned: 's3' with pid 11
2026-01-01 10:00:05,000 WARN exited: mlflow (exit status 1; not expected)
2026-01-01 10:00:06,000 INFO exited: s3 (exit status 0; expected)
2026-01-01 10:00:07,000 INFO stopped: s3 (exit status 143)
"""


def test_what_ended_by_itself_is_a_crash_and_what_was_stopped_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    (home.logs / "supervisord.log").write_text(LOG)
    assert read_crashes(home) == {
        "s3": ["terminated by SIGKILL", "exit status 0"],
        "mlflow": ["exit status 1"],
    }


def test_a_home_without_a_stack_is_not_up(tmp_path: Path) -> None:
    found = status(Home(tmp_path), [])
    assert found.as_json() == {
        "home": str(tmp_path),
        "up": False,
        "services": [],
        "pss_mb": 0.0,
        "leftovers": [],
    }
