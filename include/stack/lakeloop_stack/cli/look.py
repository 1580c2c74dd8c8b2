"""Commands to look into what is there. Each imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

UseCaseName = Annotated[str, typer.Argument(help="A file of include/use_cases, without .yaml.")]


def card(
    use_case: UseCaseName,
    version: Annotated[
        str | None, typer.Option(help="Of the registered model; default: the champion.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to this file instead.")] = None,
    target: Annotated[
        str | None, typer.Option(help="An entry of include/lakeloop/config/targets.yaml.")
    ] = None,
) -> None:
    """Print the model card of a registered version as Markdown: what it is for, how it was made, how good it is."""
    from .card import card_of

    text = card_of(use_case, version, html is not None, target)
    if html is None:
        typer.echo(text)
    else:
        html.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {html}")


def notebook(
    name: Annotated[str, typer.Argument(help="A file of jobs/notebooks, without .py.")] = "train",
    use_case: Annotated[str | None, typer.Option(help="Its parameter; default: the first by name.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="NAME=VALUE: another one.")
    ] = None,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="On loopback.")] = 8888,
) -> None:
    """Open a notebook of the jobs in JupyterLab, against the running stack, as a task would run it."""
    from lakeloop.config import valid_use_cases

    from .notebook import open_notebook

    pairs = [text.partition("=") for text in parameter or ()]
    for text, (key, equals, _) in zip(parameter or (), pairs, strict=True):
        if not (key and equals):
            raise typer.BadParameter(f"{text!r}: expected NAME=VALUE", param_hint="--parameter")
    chosen = use_case or valid_use_cases()[0].name
    open_notebook(name, chosen, {key: value for key, _, value in pairs}, port)
