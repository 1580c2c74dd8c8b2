"""``lakeloop reproduce``: train a version again in an empty environment, and show then and now."""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

if TYPE_CHECKING:
    from ..reproduction.comparison import Line

MARKS = {True: "yes", False: "NO", None: "-"}


def reproduce(
    use_case: Annotated[str, typer.Argument(help="A file of include/use_cases, without .yaml.")],
    version: Annotated[str, typer.Argument(help="The number of a registered version.")],
    keep: Annotated[
        Path | None,
        typer.Option(help="Do it in this empty folder and leave it; default: a folder that goes."),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Also bring the raw files that had landed.")] = False,
    target: Annotated[
        str | None, typer.Option("--target", help="An entry of include/lakeloop/config/targets.yaml.")
    ] = None,
) -> None:
    """Train VERSION again from its commit, its lock and its pinned data. Exit code 1 when it comes out otherwise."""
    with ExitStack() as stack:
        folder = _empty(keep) if keep else Path(stack.enter_context(TemporaryDirectory(prefix="reproduce-")))
        if not _reproduced(use_case, version, folder, raw, target):
            raise typer.Exit(1)


def _reproduced(use_case: str, number: str, folder: Path, raw: bool, target_name: str | None) -> bool:
    from lakeloop.config import load_labelled_use_case
    from lakeloop.lifecycle.session import use_mlflow

    from ..machine.settings import ROOT
    from ..reproduction.comparison import reproduced
    from ..reproduction.delta import delta_lines
    from ..reproduction.reproduce import reproduce as run
    from ..services.environment import LOCAL
    from .local import named_target, use_the_stack
    from .up import say

    asked, target = load_labelled_use_case(use_case), named_target(target_name)
    if target.name == LOCAL:
        use_the_stack("AWS_", "MLFLOW_", "SPARK_")
    use_mlflow(target.mlflow)
    version, lines = run(ROOT, target, asked, number, folder, os.environ, say, raw)
    _show(f"{version.model} version {number}", lines)
    of_delta = delta_lines(target, asked, version, folder, os.environ)
    _show("the Delta versions that were read then", of_delta)
    said = reproduced([*lines, *of_delta])
    say("reproduced" if said else "NOT reproduced")
    return said


def _show(title: str, lines: "list[Line]") -> None:
    from .up import console

    table = Table("what", "then", "now", "same", title=title, title_justify="left")
    for line in lines:
        table.add_row(line.what, line.then, line.now, MARKS[line.same])
    console.print(table)


def _empty(folder: Path) -> Path:
    """The folder, made when it is not there. Raises BadParameter when it holds anything."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise typer.BadParameter(f"{folder} is not empty; name a folder that is, or that is not there yet")
    return folder.resolve()
