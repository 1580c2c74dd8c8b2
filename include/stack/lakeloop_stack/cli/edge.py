"""``lakeloop export``: a version for machines on which nothing else of this is."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .look import UseCaseName


def export(
    use_case: UseCaseName,
    target: Annotated[
        Literal["onnx", "onnx-int8", "c"],
        typer.Option(help="What the model becomes; onnx-int8 loses a little."),
    ] = "onnx",
    version: Annotated[
        str | None, typer.Option(help="Of the registered model; default: the champion.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The folder; default: USE_CASE-VERSION-TARGET.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
    at: Annotated[
        str | None, typer.Option("--at", help="An entry of include/lakeloop/config/targets.yaml.")
    ] = None,
) -> None:
    """Write a version as a folder that scores by itself, and show its parity, size and latency beside the original."""
    from .export import export_version

    export_version(use_case, target, version, to, force, at)
