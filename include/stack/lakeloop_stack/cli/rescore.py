"""Nights that a bad version scored, scored again by the score DAG."""

from collections.abc import Sequence

import httpx
import typer

from lakeloop.config import Target, UseCase
from lakeloop.lifecycle.deployment.bad_nights import BadNight

from ..loop.airflow_api import AirflowApi
from ..machine.settings import running_settings
from ..services.airflow_environment import airflow_url
from ..services.environment import LOCAL


class NoAirflowError(RuntimeError):
    """The Airflow of a target is not known to the command line."""


def parameters(night: BadNight, version: str) -> dict[str, str]:
    """Of the score DAG: this night, with this version, whatever scored it since."""
    return {"date": str(night.date), "model_version": version}


def say_nights(use_case: UseCase, nights: Sequence[BadNight], version: str) -> None:
    """Name each night, with the parameters by which the score DAG scores it again."""
    if not nights:
        typer.echo("No night's scores are of the version that was rolled back.")
        return
    typer.echo(f"{len(nights)} of its nights are in the scores; {use_case.name}_score scores them again with")
    for night in nights:
        how = (
            str(parameters(night, version)).replace("'", '"')
            if night.date
            else "(no date leads to it any more)"
        )
        typer.echo(f"  {use_case.period.column}={night.as_of} ({night.rows} rows): {how}")


def start_nights(use_case: UseCase, target: Target, nights: Sequence[BadNight], version: str) -> None:
    """Start a run of the score DAG for each night. Raises NoAirflowError as `airflow_of` does."""
    api = airflow_of(use_case, target)
    for night in nights:
        if night.date:
            typer.echo(f"started {api.trigger(f'{use_case.name}_score', **parameters(night, version))}")


def airflow_of(use_case: UseCase, target: Target) -> AirflowApi:
    """The Airflow that scores nights again. Raises NoAirflowError where the target is not local, or none answers."""
    if target.name != LOCAL:
        raise NoAirflowError(
            f"the Airflow of target {target.name} is not known here: trigger {use_case.name}_score with the parameters "
            "that lakeloop rescore names, a run for each line"
        )
    url = airflow_url(running_settings())
    try:
        return AirflowApi(url)
    except httpx.TransportError as error:
        raise NoAirflowError(
            f"Airflow does not answer at {url} ({error}): start it with lakeloop up"
        ) from error
