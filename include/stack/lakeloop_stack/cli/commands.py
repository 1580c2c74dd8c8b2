"""The command line ``lakeloop``. Each command imports what it needs when it runs, so that ``--help`` is quick."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lakeloop_stack.cli import champion
from lakeloop_stack.cli.edge import export
from lakeloop_stack.cli.look import card, notebook
from lakeloop_stack.cli.new import new
from lakeloop_stack.cli.reproduce import reproduce
from lakeloop_stack.cli.serving import serving

app = typer.Typer(
    help="Run the whole loop on this machine: files in S3 become features, a validated model and scores.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(new)
app.add_typer(serving)
for command in (
    champion.rollback,
    champion.repair,
    champion.history,
    champion.rescore,
    card,
    export,
    notebook,
    reproduce,
):
    app.command()(command)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


SourceName = Annotated[str, typer.Argument(help="A file of include/sources, without .yaml.")]
TargetName = Annotated[
    str | None, typer.Option("--target", help="An entry of include/lakeloop/config/targets.yaml.")
]


@app.command()
def setup() -> None:
    """Check this machine and fetch what is missing: Java (through apt, as root) and the jars."""
    from lakeloop_stack.cli.up import set_up

    set_up()


@app.command()
def jars() -> None:
    """Fetch and compile the Java archives into the user's cache; does nothing when they are there."""
    from lakeloop_stack.jars.catalog import ready_jars

    typer.echo(ready_jars(_say).root)


@app.command()
def up(
    realtime: Annotated[
        bool,
        typer.Option(
            "--realtime", help="With Kafka and Redis, which are added to a stack that is up already."
        ),
    ] = False,
) -> None:
    """Start the stack and wait until all of it is ready; does nothing when it is up."""
    from lakeloop_stack.cli.up import start

    start(realtime=realtime)


@app.command()
def down() -> None:
    """Stop the stack, tasks included; no process stays behind."""
    from lakeloop_stack.machine.settings import running_settings
    from lakeloop_stack.supervisor.down import down as stop

    stopped = stop(running_settings(), _say)
    left = f" {stopped.stragglers} tasks and helpers were ended with it." if stopped.stragglers else ""
    typer.echo(f"The stack is down.{left}" if stopped.was_up else "The stack was not up.")


@app.command()
def status(as_json: Json = False) -> None:
    """Show each service: state, crashes, memory, address. Exit code 3 when not all of it is up and ready."""
    from lakeloop_stack.cli.status import show

    if not show(as_json):
        raise typer.Exit(3)


@app.command()
def env(as_json: Json = False) -> None:
    """Print what clients need: eval "$(lakeloop env)"."""
    import json

    from lakeloop_stack.machine.settings import running_settings
    from lakeloop_stack.services.credentials import credentials
    from lakeloop_stack.services.environment import client_environment, shell_lines

    settings = running_settings()
    variables = client_environment(settings, credentials(settings.home))
    typer.echo(json.dumps(variables, indent=2) if as_json else shell_lines(variables))


@app.command()
def deploy(
    target: TargetName = None,
    show: Annotated[bool, typer.Option("--list", help="Show the releases that are there instead.")] = False,
    to: Annotated[str | None, typer.Option(help="Make this release current again instead.")] = None,
) -> None:
    """Put wheel and notebooks into the workspace as a release, and make it current for runs that start from now on."""
    from lakeloop_stack.cli.delivery import deploy_to, listed, switch_to

    if show:
        typer.echo("\n".join(listed(target)) or "nothing has been deployed")
    else:
        typer.echo(switch_to(target, to) if to else deploy_to(target))


@app.command()
def manifest(target: TargetName = None) -> None:
    """Make dbt's manifest, from which the DAGs read the graph of models, for an Airflow that is not of this stack."""
    from lakeloop_stack.cli.delivery import manifest_for

    typer.echo(manifest_for(target))


@app.command()
def replay(
    source: SourceName,
    through: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day whose data have arrived.")
    ],
    dirt: Annotated[float | None, typer.Option(help="Share of dirty lines beside the real ones.")] = None,
) -> None:
    """Write to S3 what had arrived by the end of a day; what is there already stays as it is."""
    from lakeloop_stack.cli.delivery import replay_to

    typer.echo(replay_to(source, through.date(), dirt))


@app.command()
def deliver(
    source: SourceName,
    files: Annotated[list[Path], typer.Argument(help="Files of one table or of several.", exists=True)],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The day they arrived; default: today."),
    ] = None,
) -> None:
    """Copy files into a source's landing folder in S3, each to the table that its name begins with."""
    from lakeloop_stack.cli.delivery import deliver_to

    for uri in deliver_to(source, files, day.date() if day else None):
        typer.echo(uri)


@app.command()
def run(
    use_case: Annotated[
        str | None,
        typer.Option(help="A file of include/use_cases, without .yaml; default: the first by name."),
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Close the loop first with data through this day."),
    ] = None,
    through: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Then close it again with data through this one."),
    ] = None,
) -> None:
    """Start the stack, close the loop on real data, show the summary and the links; leaves the stack up."""
    from lakeloop_stack.cli.run import run as run_it

    run_it(use_case, first.date() if first else None, through.date() if through else None)


@app.command()
def check(
    write: Annotated[
        bool, typer.Option("--write", help="Make dbt_project/models/sources anew before.")
    ] = False,
) -> None:
    """Say what is wrong with sources, use cases and the contracts of their models. Exit code 1 when something is."""
    from lakeloop_stack.cli.authoring import check as check_all

    if not check_all(write):
        raise typer.Exit(1)


@app.command()
def features(
    use_case: Annotated[str, typer.Argument(help="A file of include/use_cases, without .yaml.")],
    folds: Annotated[int, typer.Option(min=1, help="Stretches of time before the holdout to judge by.")] = 3,
    runs: Annotated[int, typer.Option(min=1, help="How often each query is timed.")] = 3,
) -> None:
    """Print as Markdown what each published feature is, whose, what it is worth and what it costs; takes minutes."""
    from lakeloop_stack.cli.features import feature_page

    typer.echo(feature_page(use_case, folds, runs))


@app.command()
def links() -> None:
    """Print where to look: Airflow, the workspace's runs, MLflow."""
    from lakeloop_stack.cli.run import show_links
    from lakeloop_stack.machine.settings import running_settings

    show_links(running_settings())


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="As lakeloop status calls it.")],
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as it grows.")] = False,
    lines: Annotated[int, typer.Option("-n", help="How many lines of the past.")] = 50,
) -> None:
    """Show the log of a service."""
    from lakeloop_stack.machine.home import Home
    from lakeloop_stack.machine.settings import running_settings

    folder = Home(running_settings().home).logs
    file = folder / f"{service}.log"
    if not file.exists():
        known = ", ".join(sorted(log.stem for log in folder.glob("*.log"))) or "none"
        raise typer.BadParameter(f"{service} has no log in {folder}; there are: {known}")
    os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), str(file)])


@app.command()
def clean(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the stack and remove its home: all data, models, runs and logs."""
    from lakeloop_stack.machine.settings import running_settings
    from lakeloop_stack.supervisor.clean import clean as remove

    settings = running_settings()
    if not yes:
        typer.confirm(f"Remove {settings.home} with all data, models, runs and logs?", abort=True)
    typer.echo(f"Removed {settings.home}." if remove(settings, _say) else f"There is no {settings.home}.")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def main() -> None:
    """Run a command; what a user can put right ends with one message and exit code 1, without a stack trace."""
    from lakeloop_stack.cli.errors import explain

    # read when mlflow is imported; a bar for each model that a command loads tells nobody anything
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
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
