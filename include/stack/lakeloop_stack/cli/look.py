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
