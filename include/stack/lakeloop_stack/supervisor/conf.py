"""Writes what supervisord reads: its conf, and one JSON file per service for the launcher."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..machine.home import Home
from ..machine.private_files import write_private
from ..services.definitions import Service

LAUNCHER = Path(__file__).with_name("launch.py")
SUPERVISORD = """\
[supervisord]
logfile={logs}/supervisord.log
logfile_maxbytes=10MB
logfile_backups=1
pidfile={supervisor}/supervisord.pid
childlogdir={logs}
directory={root}
identifier=lakeloop
umask=077

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
# autostart is off: `lakeloop up` starts each service when what it needs is ready. A service that ends by itself, well
# or badly, is started again; three failures while it starts make it FATAL.
PROGRAM = """
[program:{name}]
command={command}
autostart=false
autorestart=true
startsecs=2
startretries=3
stopwaitsecs={stop_seconds}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=2
"""


def write_conf(
    home: Home, services: Sequence[Service], environments: Mapping[str, Mapping[str, str]]
) -> Path:
    """Write all files below ``home.supervisor``, for the owner only; returns the conf's path.

    Args:
        environments: the whole environment of each service, by its name.
    """
    for service in services:
        started = {
            "command": service.command,
            "cwd": str(service.cwd or home.root),
            "alone": service.alone,
            "env": dict(environments[service.name]),
        }
        write_private(_launch_file(home, service.name), json.dumps(started, indent=1))
    conf = home.supervisor / "supervisord.conf"
    write_private(conf, _supervisord(home) + "".join(_program(home, service) for service in services))
    return conf


def log_file(home: Home, service: str) -> Path:
    """Where the output of a service goes."""
    return home.logs / f"{service}.log"


def _launch_file(home: Home, service: str) -> Path:
    return home.supervisor / f"{service}.json"


def _supervisord(home: Home) -> str:
    paths = {"logs": home.logs, "supervisor": home.supervisor, "root": home.root, "socket": home.socket}
    return SUPERVISORD.format(**{name: _escaped(str(path)) for name, path in paths.items()})


def _program(home: Home, service: Service) -> str:
    command = shlex.join([sys.executable, str(LAUNCHER), str(_launch_file(home, service.name))])
    return PROGRAM.format(
        name=service.name,
        command=_escaped(command),
        stop_seconds=service.stop_seconds,
        # Of all values, supervisord expands the name of a log twice.
        log=_escaped(_escaped(str(log_file(home, service.name)))),
    )


def _escaped(value: str) -> str:
    """``%`` starts an expansion in the conf; `` ;`` starts a comment and cannot be escaped."""
    if " ;" in value or "\n" in value:
        raise ValueError(
            f"supervisord cannot hold the path {value!r}: it has a line break or a blank before ';'"
        )
    return value.replace("%", "%%")
