"""A worker: follows the state and answers on its socket."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from ..app import Application
from ..counters.board import Board
from ..repository.repository import Repository
from ..server import DrainingServer
from ..settings import Settings
from ..state.changes import Changes
from ..state.folder import StateFolder
from ..state.following import Following


def serve(
    place: Path, settings: Settings, bound: socket.socket, name: str, ready: Callable[[], None], lifeline: int
) -> None:
    """Until SIGTERM, or until the parent is gone. Raises StateError."""
    state, repository = StateFolder(place), Repository()
    board = Board(state.counters / name)
    following = Following(state, repository, "worker", name)
    server = DrainingServer(Application(state, repository, Changes(state), board, settings), settings)
    Thread(target=_end_with_parent, args=(lifeline, server), name="lifeline", daemon=True).start()
    ready()
    server.run(sockets=[bound])
    following.close()


def _end_with_parent(lifeline: int, server: DrainingServer) -> None:
    """The descriptor is never written to: reading ends when the parent has gone, however it did."""
    os.read(lifeline, 1)
    server.drain()
