"""``lakeloop deploy`` and ``lakeloop replay``: what they need from the running stack."""

from typing import TYPE_CHECKING

from lakeloop.config import Target, load_target, load_use_case
from lakeloop_datasets import replay as replaying

from ..delivery.deploy import Deployed, deploy, local_workspace
from ..delivery.releases import ReleaseStore
from ..machine.home import Home
from ..machine.settings import StackSettings, running_settings
from ..services.credentials import credentials
from ..services.environment import LOCAL, client_environment
from ..services.preparations import s3_client

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


def deploy_to(target_name: str | None) -> Deployed:
    """Deploy what is in the working tree."""
    settings = running_settings()
    home, target = Home(settings.home), load_target(target_name or LOCAL)
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


def workspace_of(target: Target, settings: StackSettings) -> "WorkspaceClient":
    """The local workspace, or, for another target, the one that databricks-sdk is configured for."""
    if target.name == LOCAL:
        return local_workspace(client_environment(settings, credentials(settings.home)))
    from databricks.sdk import WorkspaceClient

    return WorkspaceClient()


def _store(target_name: str | None) -> ReleaseStore:
    target = load_target(target_name or LOCAL)
    return ReleaseStore(workspace_of(target, running_settings()), target)


def replay_to(use_case: str, through_week: int, dirt: float | None) -> replaying.Report:
    """Replay into the bucket of the running stack."""
    settings = running_settings()
    s3 = s3_client(client_environment(settings, credentials(settings.home)))
    share = replaying.DIRT if dirt is None else dirt
    return replaying.replay(load_use_case(use_case), load_target("local"), through_week, s3, share)
