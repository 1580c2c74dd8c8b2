"""A worker: follows the state and answers on its socket."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from msgspec import Struct

from ..app import Application
from ..counters.board import Board
from ..repository.repository import Repository
from ..repository.sources import Source
from ..server import DrainingServer
from ..settings import Settings
from ..state.changes import Changes
from ..state.folder import StateFolder
from ..state.following import Following
from .seeding import seed_once


class Orders(Struct, frozen=True):
    """What all workers of a server are told."""

    place: Path
    settings: Settings
    sources: list[Source]


def serve(orders: Orders, bound: socket.socket, name: str, ready: Callable[[], None], lifeline: int) -> None:
    """Until SIGTERM, or until the parent is gone. Raises StateError."""
    state, repository, settings = StateFolder(orders.place), Repository(), orders.settings
    changes, board = Changes(state, settings.take_seconds), Board(state.counters / name)
    seed_once(state, changes, orders.sources)
    following = Following(state, repository, "worker", name)
    application = Application(state, repository, changes, board, settings)
    server = DrainingServer(application, settings, ready)
    Thread(target=_end_with_parent, args=(lifeline, server), name="lifeline", daemon=True).start()
    server.run(sockets=[bound])
    following.close()


def _end_with_parent(lifeline: int, server: DrainingServer) -> None:
    """The descriptor is never written to: reading ends when the parent has gone, however it did."""
    os.read(lifeline, 1)
    server.drain()
