"""A listening socket for each worker, all on one port."""

import os
import socket

BACKLOG = 2048


def bound_sockets(host: str, port: int, count: int) -> list[socket.socket]:
    """Listening sockets among which the kernel shares out connections; port 0 takes a free one.

    They stay open in the parent: connections that wait for a worker that died are those of the one that follows it.
    Raises OSError with the address when it cannot be had.
    """
    made: list[socket.socket] = []
    try:
        for _ in range(count):
            made.append(_bound(host, made[0].getsockname()[1] if made else port, further=bool(made)))
        for bound in made:
            bound.listen(BACKLOG)
    except OSError as error:
        for bound in made:
            bound.close()
        said = f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}; choose another --port"
        raise OSError(error.errno, said) from None
    return made


def _bound(host: str, port: int, further: bool) -> socket.socket:
    """SO_REUSEPORT comes after the first bind, so that a port of another server is refused, and not shared with it."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if further:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        made.close()
        raise
    return made


def reserved(host: str, port: int) -> socket.socket:
    """A socket that holds a port, 0 for a free one, without listening: each worker's gRPC binds its own beside it.

    Raises OSError with the address when another process has it.
    """
    try:
        return _bound(host, port, further=False)
    except OSError as error:
        said = f"cannot listen on {host}:{port}: {error.strerror}; choose another --grpc-port"
        raise OSError(error.errno, said) from None
