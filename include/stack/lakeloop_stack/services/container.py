"""One part of the stack in a container of its own: ``python -m lakeloop_stack.services.container <part>``.

The containers of docker-compose.yaml share one network namespace, so the services are those of ``lakeloop up`` to the
letter, on loopback; only Airflow's database is PostgreSQL.
"""

import os
import secrets as randomness
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lakeloop.config import load_target

from ..jars import IVY_FILE, SUMS_FILE, Jars, cache_folder, set_name
from ..machine.home import Home
from ..machine.private_files import write_private
from ..machine.settings import StackSettings
from .credentials import credentials
from .definitions import Service, s3_conf, service_environment, services
from .environment import client_environment
from .preparations import make_bucket

PASSWORD = "LAKELOOP_POSTGRES_PASSWORD_FILE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a preparation or become a service; exit status 2 for an unknown name."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    settings = StackSettings()
    if len(words) == 1 and words[0] in PREPARATIONS:
        PREPARATIONS[words[0]](settings)
        return 0
    known = {service.name: service for service in _services(settings)}
    if len(words) == 1 and words[0] in known:
        _become(known[words[0]], settings)
    print(f"{' '.join(words) or 'nothing'}: expected one of {', '.join([*PREPARATIONS, *known])}")
    return 2


def prepare(settings: StackSettings) -> None:
    """Folders, secrets and the S3 server's file, each made once; also PostgreSQL's password."""
    home = Home(settings.home)
    home.make()
    write_private(home.supervisor / "s3proxy.conf", s3_conf(settings, credentials(settings.home)))
    file = Path(os.environ[PASSWORD])
    if not file.exists():
        file.write_text(randomness.token_hex(20))
        file.chmod(0o444)  # PostgreSQL's own user reads it; nobody else has this volume


def bucket(settings: StackSettings) -> None:
    """The bucket of the local target."""
    make_bucket(load_target("local").bucket, client_environment(settings, credentials(settings.home)))


def airflow_db(settings: StackSettings) -> None:
    """Create or upgrade Airflow's database."""
    scheduler = next(service for service in _services(settings) if service.name == "airflow-scheduler")
    os.execvpe(
        sys.executable,
        [sys.executable, "-P", "-m", "airflow", "db", "migrate"],
        _environment(scheduler, settings),
    )


PREPARATIONS: dict[str, Callable[[StackSettings], None]] = {
    "prepare": prepare,
    "bucket": bucket,
    "airflow-db": airflow_db,
}


def _services(settings: StackSettings) -> list[Service]:
    # fetched and checked while the image was built
    jars = Jars(cache_folder() / set_name(IVY_FILE, SUMS_FILE))
    return services(settings, credentials(settings.home), jars)


def _become(service: Service, settings: StackSettings) -> None:
    """Replace this process by the service, so that its container's signals reach it."""
    os.chdir(service.cwd or settings.home)
    os.execvpe(service.command[0], list(service.command), _environment(service, settings))


def _environment(service: Service, settings: StackSettings) -> Mapping[str, str]:
    environment = service_environment(settings, credentials(settings.home), service)
    if service.orchestrates:
        password = Path(os.environ[PASSWORD]).read_text().strip()
        database = f"postgresql+psycopg2://airflow:{password}@127.0.0.1:5432/airflow"
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = database
    return environment


if __name__ == "__main__":
    sys.exit(main())
