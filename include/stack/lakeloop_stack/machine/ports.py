"""Are the ports free, and if not, whose are they?"""

import socket
from collections.abc import Mapping

import psutil

LOOPBACK = "127.0.0.1"


class PortsTakenError(RuntimeError):
    """At least one port is taken; the message has a line for each, with the service and the owner."""


def check_free(ports: Mapping[str, int]) -> None:
    """Raise PortsTakenError when a port of `ports` (``{"s3_port": 9500}``) cannot be bound on loopback."""
    taken = {name: port for name, port in ports.items() if not is_free(port)}
    if taken:
        owners = _owners()
        lines = [_line(name, port, owners.get(port)) for name, port in taken.items()]
        raise PortsTakenError("\n".join(lines))


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT, left by a stopped predecessor, does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Distinct ports that were free a moment ago, below the range the kernel gives to outgoing connections."""
    ports: list[int] = []
    with socket.socket() as first:
        first.bind((LOOPBACK, 0))
        start = 20000 + first.getsockname()[1] % 10000
    for port in range(start, 32000):
        if is_free(port):
            ports.append(port)
        if len(ports) == count:
            return ports
    raise PortsTakenError(f"fewer than {count} free ports between {start} and 32000")


def _line(name: str, port: int, owner: str | None) -> str:
    service = name.removesuffix("_port")
    return (
        f"{service}: port {port} is taken by {owner or 'a process of another user'}; "
        f"stop it, or choose another port: LAKELOOP_{name.upper()}=<port>"
    )


def _owners() -> dict[int, str]:
    """``{9500: "java (pid 42)"}`` for the listening sockets whose process we may see."""
    owners = {}
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.pid:
            owners[connection.laddr.port] = f"{_name(connection.pid)} (pid {connection.pid})"
    return owners


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "a process"
