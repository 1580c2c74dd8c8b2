"""What runs before a change is merged, and on whose code."""

import os
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
STEPS: list[dict[str, Any]] = [
    step
    for file in FILES
    for job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values()
    for step in job["steps"]
]


def test_actions_are_pinned_to_commits_with_their_version_beside() -> None:
    """A tag can be moved to other code."""
    lines = [
        line for file in FILES for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]

    assert lines
    assert [
        line for line in lines if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)
    ] == []


def test_what_it_runs_exists() -> None:
    programs = [step["run"] for step in STEPS if "run" in step]

    assert programs == [".ci/run", ".ci/image"]
    assert all(os.access(ROOT / program, os.X_OK) for program in programs)


def test_a_branch_with_a_pull_request_is_tested_once() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))

    triggers = workflow[True]  # YAML 1.1 reads the key "on" as a boolean
    assert triggers == {"push": {"branches": ["main"]}, "pull_request": None}
