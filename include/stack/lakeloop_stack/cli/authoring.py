"""``lakeloop check`` on a terminal."""

from lakeloop.config import valid_sources, valid_use_cases

from ..authoring.check import problems, write_dbt_sources
from ..machine.settings import ROOT
from .up import console, say


def check(write: bool) -> bool:
    """Say each mistake in a line; False when there is one.

    Args:
        write: make what dbt reads of the sources anew before.
    """
    if write:
        write_dbt_sources(ROOT / "dbt_project")
    found = problems(ROOT / "dbt_project")
    for problem in found:
        console.print(problem, style="red", highlight=False, markup=False, soft_wrap=True)
    names = [*(source.name for source in valid_sources()), *(use_case.name for use_case in valid_use_cases())]
    say(f"{len(found)} mistakes." if found else f"All is well with {', '.join(names)}.")
    return not found
