"""Redis, which keeps what must survive: an append-only file instead of a cache."""

from ...machine.home import Home
from ...machine.ports import LOOPBACK
from ...machine.private_files import write_private
from ...machine.redis_server import redis_server
from ...machine.settings import StackSettings
from ..credentials import Credentials
from ..service import Service
from .probes import Pongs


def redis_service(settings: StackSettings, secrets: Credentials) -> Service:
    """Redis' server; its conf comes from :func:`prepare_redis`. Raises RedisError where there is none."""
    home, server = Home(settings.home), redis_server()
    return Service(
        name="redis",
        command=(str(server.program), str(home.redis / "redis.conf")),
        probe=Pongs(redis_environment(settings, secrets)["REDIS_URL"]),
        after=("redis-conf",),
        environment=server.environment,
        port=settings.redis_port,
        cwd=home.redis,
    )


def redis_environment(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    """``REDIS_URL``, with the password."""
    return {"REDIS_URL": f"redis://:{secrets.redis_password}@{LOOPBACK}:{settings.redis_port}/0"}


def prepare_redis(settings: StackSettings, secrets: Credentials, home: Home) -> None:
    """Write the conf."""
    home.redis.mkdir(parents=True, exist_ok=True)
    write_private(home.redis / "redis.conf", redis_conf(settings, secrets))


def redis_conf(settings: StackSettings, secrets: Credentials) -> str:
    """Redis' conf, see https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/.

    A write is in the operating system's hands before its client is told, so that ``kill -9`` loses nothing, and on
    disk a second later. What does not fit is refused instead of pushing something else out.
    """
    lines = {
        "bind": LOOPBACK,
        "port": str(settings.redis_port),
        "requirepass": secrets.redis_password,
        "dir": _quoted(str(Home(settings.home).redis)),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        # A new title would overwrite the environment in /proc, and with it the mark by which `down` finds it.
        "set-proc-title": "no",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
