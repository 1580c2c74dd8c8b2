"""Names of one use case stay where it is declared: all else would say the same of any other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
USE_CASES = sorted(file.stem for file in (ROOT / "include" / "use_cases").glob("*.yaml"))
SEARCHED = ("include", "jobs", "plugins", "dags", "dbt_project")
# What a source or a use case consists of, and what is made of it.
OWN = (
    "include/sources",
    "include/use_cases",
    "include/datasets",
    "dbt_project/models/sources",
    *(f"dbt_project/{folder}/{name}" for folder in ("models", "tests") for name in USE_CASES),
)
MADE = {"__pycache__", "target", "logs", "build"}
TEXT = {".py", ".sql", ".yml", ".yaml", ".jinja", ".html", ".css", ".java", ".md", ".toml", ".xml"}
OF_A_USE_CASE = re.compile(r"household|basket|churn", re.IGNORECASE)
WEEK = re.compile(r"(?<![a-z])week(?:s|ly)?(?![a-z])", re.IGNORECASE)
# They say what a period may be.
KNOW_UNITS = {
    "include/lakeloop/config/use_case/period.py",
    "dbt_project/macros/period.sql",
    "include/stack/lakeloop_stack/authoring/drafts.py",
    "include/stack/lakeloop_stack/cli/new.py",
}


def shared_files() -> Iterator[str]:
    """What belongs to no use case and no source, relative to the root."""
    for folder in SEARCHED:
        for file in sorted((ROOT / folder).rglob("*")):
            name = file.relative_to(ROOT).as_posix()
            is_ours = file.suffix in TEXT and not MADE & set(file.parts) and ".egg-info" not in name
            if is_ours and not is_of_a_test(name) and not name.startswith(tuple(f"{own}/" for own in OWN)):
                yield name


def is_of_a_test(name: str) -> bool:
    return name.startswith("include/") and "tests" in Path(name).parts


def lines_that_say(pattern: re.Pattern[str], files: list[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name in files
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(f"{name} {line}")
    ]


@pytest.fixture(scope="module")
def shared() -> list[str]:
    files = list(shared_files())
    assert {name.split("/")[0] for name in files} == set(SEARCHED)
    assert set(files) >= KNOW_UNITS
    return files


def test_shared_code_names_nothing_of_a_use_case(shared: list[str]) -> None:
    assert lines_that_say(OF_A_USE_CASE, shared) == []


def test_a_week_is_nothing_but_a_unit_of_periods(shared: list[str]) -> None:
    assert lines_that_say(WEEK, [name for name in shared if name not in KNOW_UNITS]) == []


def test_a_use_case_says_what_is_looked_for() -> None:
    own = [f"include/use_cases/{name}.yaml" for name in USE_CASES]

    assert lines_that_say(OF_A_USE_CASE, own)
    assert lines_that_say(WEEK, own)
