"""``lakeloop serving manifests``: what a target on Seldon Core would be told."""

from pathlib import Path
from typing import Annotated

import typer

serving = typer.Typer(name="serving", help="What answers in real time on a target.", no_args_is_help=True)


@serving.command()
def manifests(
    use_case: Annotated[str, typer.Argument(help="A use case of kind stream.")],
    challenger: Annotated[str, typer.Option(help="Number of the version that takes over.")],
    target: Annotated[str, typer.Option(help="An entry of targets.yaml whose serving is of kind seldon.")],
    champion: Annotated[
        str | None, typer.Option(help="Number of the version that answers now; none for the first.")
    ] = None,
    step: Annotated[str, typer.Option(help="shadow, or the challenger's percent.")] = "100",
    output: Annotated[Path | None, typer.Option(help="A file, in place of stdout.")] = None,
) -> None:
    """Write the manifests of a step of a rollout: Server, Models and Experiment, for `kubectl apply -f`."""
    from ..delivery.manifests import step_manifests

    text = step_manifests(use_case, target, champion, challenger, step)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(output)
