"""``lakeloop deploy`` and ``lakeloop replay``: what they need from the running stack."""

from lakeloop.config import load_target, load_use_case
from lakeloop_datasets import replay as replaying

from ..delivery.deploy import Deployed, deploy, local_workspace
from ..machine.home import Home
from ..machine.settings import running_settings
from ..services.credentials import credentials
from ..services.environment import client_environment
from ..services.preparations import s3_client


def deploy_to(target_name: str | None) -> Deployed:
    """Deploy to the local workspace, or, for another target, to the one that databricks-sdk is configured for."""
    settings, target = running_settings(), load_target(target_name or "local")
    home = Home(settings.home)
    home.make()
    if target.name == "local":
        client = local_workspace(client_environment(settings, credentials(settings.home)))
    else:
        from databricks.sdk import WorkspaceClient

        client = WorkspaceClient()
    return deploy(client, home.build, target)


def replay_to(use_case: str, through_week: int, dirt: float | None) -> replaying.Report:
    """Replay into the bucket of the running stack."""
    settings = running_settings()
    s3 = s3_client(client_environment(settings, credentials(settings.home)))
    share = replaying.DIRT if dirt is None else dirt
    return replaying.replay(load_use_case(use_case), load_target("local"), through_week, s3, share)
