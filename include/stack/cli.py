"""The command line ``lakeloop``. Each command imports what it needs when it runs, so that ``--help`` is quick."""

import sys
from typing import Annotated

import typer

app = typer.Typer(
    help="Run the whole loop on this machine: files in S3 become features, a validated model and scores.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def jars() -> None:
    """Fetch the Java archives into the user's cache; does nothing when they are there."""
    from include.stack.jars.fetch import ensure_jars

    typer.echo(ensure_jars(_say).root)


@app.command()
def up() -> None:
    """Start the stack and wait until all of it is ready; does nothing when it is up."""
    from include.stack.cli_up import start

    start()


@app.command()
def down() -> None:
    """Stop the stack, tasks included; no process stays behind."""
    from include.stack.down import down as stop
    from include.stack.settings import running_settings

    stopped = stop(running_settings(), _say)
    left = f" {stopped.stragglers} tasks and helpers were ended with it." if stopped.stragglers else ""
    typer.echo(f"The stack is down.{left}" if stopped.was_up else "The stack was not up.")


@app.command()
def status(as_json: Json = False) -> None:
    """Show each service: state, crashes, memory, address. Exit code 3 when not all of it is up and ready."""
    from include.stack.cli_status import show

    if not show(as_json):
        raise typer.Exit(3)


@app.command()
def env(as_json: Json = False) -> None:
    """Print what clients need: eval "$(lakeloop env)"."""
    import json

    from include.stack.credentials import credentials
    from include.stack.environment import client_environment, shell_lines
    from include.stack.settings import running_settings

    settings = running_settings()
    variables = client_environment(settings, credentials(settings.home))
    typer.echo(json.dumps(variables, indent=2) if as_json else shell_lines(variables))


def _say(text: str) -> None:
    typer.echo(text, err=True)


def main() -> None:
    """Run a command; what a user can put right ends with one message and exit code 1, without a stack trace."""
    from include.stack.errors import explain

    try:
        app()
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        typer.echo(f"lakeloop: {message}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
