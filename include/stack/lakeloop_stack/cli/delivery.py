"""``lakeloop deploy``, ``manifest``, ``replay`` and ``deliver``: what they need from the running stack."""

import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeloop.config import FileSource, Source, Target, load_source, load_target
from lakeloop.config.dbt import dbt_environment
from lakeloop_datasets.replay import DIRT, Report, replay

from ..delivery.deploy import Deployed, deploy, local_workspace
from ..delivery.releases import ReleaseStore
from ..machine.home import Home
from ..machine.settings import ROOT, StackSettings, running_settings
from ..services.credentials import credentials
from ..services.environment import LOCAL, client_environment, workspace_url
from ..services.preparations import parse_project, s3_client
from .local import named_target
from .up import say

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

NOT_ASKED = "https://not-asked.invalid"  # the profile wants an address, and parsing connects to none


class DeliveryError(ValueError):
    """A file belongs to no table of the source."""


class WrongWorkspaceError(RuntimeError):
    """What databricks-sdk is configured for is not the target's workspace."""


def deploy_to(target_name: str | None) -> Deployed:
    """Deploy what is in the working tree."""
    settings = running_settings()
    home, target = Home(settings.home), named_target(target_name)
    home.make()
    return deploy(workspace_of(target, settings), home.build, target)


def switch_to(target_name: str | None, version: str) -> str:
    """Make a release that is there current. Raises NoReleaseError with those that are there."""
    store = _store(target_name)
    store.switch(version)
    return f"{store.target.deployment}: release {version} is current; runs that are under way keep theirs"


def listed(target_name: str | None) -> list[str]:
    """When which release became current, the present one last; releases that were removed are left out."""
    store = _store(target_name)
    there = set(store.versions())
    switches = [switch for switch in store.pointer().switches if switch.version in there]
    lines = [f"{switch.since:%Y-%m-%d %H:%M:%S} UTC  {switch.version}" for switch in switches]
    return [*lines[:-1], *(f"{line}  <- current" for line in lines[-1:])]


def manifest_for(target_name: str | None, project: Path = ROOT / "dbt_project") -> Path:
    """dbt's manifest of what is in the working tree; needs no workspace. Raises PreparationError with dbt's mistake."""
    name = named_target(target_name).name
    profile = {
        "LAKELOOP_TARGET": name,
        "DATABRICKS_HOST": NOT_ASKED,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    return parse_project({**os.environ, **dbt_environment(), **profile}, project)


def workspace_of(target: Target, settings: StackSettings) -> "WorkspaceClient":
    """The local workspace, or, for another target, the one that databricks-sdk is configured for.

    Raises WrongWorkspaceError when that is the local one, as in a shell with the variables of ``lakeloop env``.
    """
    if target.name == LOCAL:
        return local_workspace(client_environment(settings, credentials(settings.home)))
    _refuse_local(target, settings)  # before the client looks for a server that need not be up
    from databricks.sdk import WorkspaceClient

    client = WorkspaceClient()
    say(f"Workspace of target {target.name}: {client.config.host}")
    return client


def _refuse_local(target: Target, settings: StackSettings) -> None:
    host = os.environ.get("DATABRICKS_HOST", "").rstrip("/")
    if host == workspace_url(settings):
        raise WrongWorkspaceError(
            f"target {target.name} is not the local workspace, but DATABRICKS_HOST is {host}. Use a shell without the "
            "variables of lakeloop env, in which databricks-sdk is configured for the target's workspace "
            "(DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CONFIG_PROFILE)."
        )


def _store(target_name: str | None) -> ReleaseStore:
    target = named_target(target_name)
    return ReleaseStore(workspace_of(target, running_settings()), target)


def replay_to(source: str, through: date, dirt: float | None) -> Report:
    """Replay into the bucket of the running stack."""
    share = DIRT if dirt is None else dirt
    return replay(of_files(load_source(source)), load_target(LOCAL), through, _s3(), share)


def deliver_to(source: str, files: Sequence[Path], day: date | None) -> Iterator[str]:
    """Copy files into the landing folder of a source; yields where each went.

    Raises DeliveryError when a file's name begins with no table of the source.
    """
    loaded, target = of_files(load_source(source)), load_target(LOCAL)
    places = {file: landing_key(loaded, file, day or date.today()) for file in files}
    s3 = _s3()
    for file, key in places.items():
        s3.upload_file(str(file), target.bucket, key)
        yield f"s3://{target.bucket}/{key}"


def of_files(source: Source) -> FileSource:
    """`source` itself. Raises DeliveryError when nothing of it arrives as a file."""
    if not isinstance(source, FileSource):
        raise DeliveryError(
            f"source {source.name} has no landing folder: its events arrive in Kafka, topics {source.name}.*"
        )
    return source


def landing_key(source: FileSource, file: Path, day: date) -> str:
    """``landing/shop/orders/date=2024-01-05/orders-3.csv``. Raises DeliveryError for a file of no table."""
    tables = [table for table in source.tables if file.name.lower().startswith(table)]
    if not tables:
        raise DeliveryError(
            f"{file}: its name begins with no table of source {source.name}; tables are {', '.join(source.tables)}"
        )
    return f"{source.landing}/{max(tables, key=len)}/{source.arrival.segment}={day}/{file.name}"


def _s3() -> Any:
    settings = running_settings()
    return s3_client(client_environment(settings, credentials(settings.home)))
