"""Sends what is closed. A segment keeps its name and its bytes, so that sending it twice changes nothing."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import SyncError
from ..log.files import only_one, sync_folder
from ..log.folder import KINDS, Folder
from .destinations import Destination


@dataclass
class Sent:
    """Files that were sent now, and those that had arrived before."""

    now: int = 0
    before: int = 0


def send(root: Path, destination: Destination) -> Sent:
    """Sends each closed file of the log in `root`, and moves it to ``sent`` once it is there.

    Raises SyncError where the destination holds other bytes under a name; what follows stays closed.
    """
    if not root.is_dir():
        raise SyncError(f"{root} is no log; expected the folder that `edgescorer run --log` was given")
    folder, sent = Folder(root).make(), Sent()
    with only_one(root / "sync.lock", "sends from"):
        for kind in KINDS:
            for file in sorted(folder.closed(kind).glob("[!.]*")):
                if destination.put(f"{kind}/{file.name}", file.read_bytes()):
                    sent.now += 1
                else:
                    sent.before += 1
                file.rename(folder.sent(kind) / file.name)
                sync_folder(folder.sent(kind))
    return sent
