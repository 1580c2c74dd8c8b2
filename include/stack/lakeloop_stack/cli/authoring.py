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
    say(_summary(found))
    return not found


def _summary(found: list[str]) -> str:
    if found:
        return f"{len(found)} mistake{'s' if len(found) > 1 else ''}."
    sources, use_cases = (
        ", ".join(part.name for part in parts) for parts in (valid_sources(), valid_use_cases())
    )
    return f"All is well with the sources {sources} and the use cases {use_cases}."
