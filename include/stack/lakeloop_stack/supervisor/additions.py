"""Adds services to a stack that is up, where its settings now ask for more."""

from collections.abc import Mapping, Sequence

from ..machine.ports import check_free
from ..machine.settings import StackSettings, keep, running_settings
from ..services.service import LONGEST_STOP_SECONDS, Service
from .conf import write_conf
from .supervisord import Supervisor

Environments = Mapping[str, Mapping[str, str]]


def add_missing(
    settings: StackSettings, supervisor: Supervisor, services: Sequence[Service], environments: Environments
) -> None:
    """Make known to supervisord what it does not know yet, and stop what must learn where that is.

    The caller starts all that does not run. supervisord learns of the new services last: a command that is killed
    before leaves everything for the next one to do.

    Raises:
        PortsTakenError: a port of a new service is taken; nothing was changed.
    """
    known = supervisor.states()
    missing = [service.name for service in services if service.name not in known]
    if not missing:
        return
    before = running_settings(settings).ports
    check_free({name: port for name, port in settings.ports.items() if name not in before})
    write_conf(supervisor.home, services, environments)
    clients = [service.name for service in services if service.streams and service.name in known]
    supervisor.stop_services(clients, LONGEST_STOP_SECONDS)
    supervisor.add_services(missing)
    keep(settings)
