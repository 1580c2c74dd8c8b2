"""``lakeloop deploy``, ``replay`` and ``deliver``: what they need from the running stack."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lakeloop.config import Source, load_source, load_target
from lakeloop_datasets.replay import DIRT, Report, replay

from ..delivery.deploy import Deployed, deploy, local_workspace
from ..machine.home import Home
from ..machine.settings import running_settings
from ..services.credentials import credentials
from ..services.environment import client_environment
from ..services.preparations import s3_client


class DeliveryError(ValueError):
    """A file belongs to no table of the source."""


def deploy_to(target_name: str | None) -> Deployed:
    """Deploy to the local workspace, or, for another target, to the one that databricks-sdk is configured for."""
    settings, target = running_settings(), load_target(target_name)
    home = Home(settings.home)
    home.make()
    if target.name == "local":
        client = local_workspace(client_environment(settings, credentials(settings.home)))
    else:
        from databricks.sdk import WorkspaceClient

        client = WorkspaceClient()
    return deploy(client, home.build, target)


def replay_to(source: str, through: date, dirt: float | None) -> Report:
    """Replay into the bucket of the running stack."""
    share = DIRT if dirt is None else dirt
    return replay(load_source(source), load_target(), through, _s3(), share)


def deliver_to(source: str, files: Sequence[Path], day: date | None) -> Iterator[str]:
    """Copy files into the landing folder of a source; yields where each went.

    Raises DeliveryError when a file's name begins with no table of the source.
    """
    loaded, target = load_source(source), load_target()
    places = {file: landing_key(loaded, file, day or date.today()) for file in files}
    s3 = _s3()
    for file, key in places.items():
        s3.upload_file(str(file), target.bucket, key)
        yield f"s3://{target.bucket}/{key}"


def landing_key(source: Source, file: Path, day: date) -> str:
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
