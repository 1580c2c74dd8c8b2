"""A worker: follows the state and answers on its socket."""

import os
import socket
from collections.abc import Callable
from threading import Thread

from ..app import Application
from ..counters.board import Board
from ..inference.exchange import Observers
from ..registry.following import Poller, Registry
from ..repository.repository import Repository
from ..requestlog.log import RequestLog
from ..server import DrainingServer
from ..state.changes import Changes
from ..state.folder import StateFolder
from ..state.following import Following
from .orders import Orders
from .seeding import seed_once


def serve(orders: Orders, bound: socket.socket, name: str, ready: Callable[[], None], lifeline: int) -> None:
    """Until SIGTERM, or until the parent is gone. Raises StateError."""
    state, repository, settings = StateFolder(orders.place), Repository(), orders.settings
    changes, board = Changes(state, settings.take_seconds), Board(state.counters / name)
    registry = Registry(orders.registered, state, changes) if orders.registered else None
    seed_once(state, changes, orders.sources, registry)
    following = Following(state, repository, "worker", name)
    log = RequestLog(settings.log, name, board.process) if settings.log.wanted() else None
    observers = Observers(board, log, settings.count)
    application = Application(state, repository, changes, board, observers, settings, registry)
    server = DrainingServer(application, settings, ready)
    Thread(target=_end_with_parent, args=(lifeline, server), name="lifeline", daemon=True).start()
    poller = Poller(registry, state) if registry else None
    server.run(sockets=[bound])
    if poller:
        poller.close()
    following.close()


def _end_with_parent(lifeline: int, server: DrainingServer) -> None:
    """The descriptor is never written to: reading ends when the parent has gone, however it did."""
    os.read(lifeline, 1)
    server.drain()
