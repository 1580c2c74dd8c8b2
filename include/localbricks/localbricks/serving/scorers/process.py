"""The scorer process of an endpoint: started, found again after this process was killed, and ended."""

import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from ...environment import LOOPBACK
from .scorer import Scorer, ScorerError

TOKEN = "LOCALBRICKS_SCORER_TOKEN"  # environment variable of the scorer
LOG = "scorer.log"
KNOWN = "process.json"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
# Two readings of one process's start differ by clock resolution; a reused pid started much later.
SAME_START_SECONDS = 1.0
_ADDRESS = re.compile(r"http://\S+")


@dataclass(frozen=True)
class KnownProcess:
    """With which a process is found again, and spoken to. The file is its owner's only: it has the token."""

    pid: int
    started: float
    token: str
    address: str = ""  # until it listens


class ScorerProcess:
    """One scorer with its state in a folder. It goes on when this process is killed; `stop` ends it.

    Args:
        command: how a scorer is started, without options.
        folder: of the endpoint.
        root: folder below which the files of versions lie.
        model: what the scorer calls what it serves.
    """

    def __init__(self, command: Sequence[str], folder: Path, root: Path, model: str) -> None:
        self._command, self._folder, self._root, self._model = tuple(command), folder, root, model

    def attached(self) -> Scorer | None:
        """The scorer that runs already, or None."""
        known = self._known()
        if known is None or not known.address or _process(known) is None:
            return None
        scorer = Scorer(known.address, known.token, self._model)
        if scorer.answers():
            return scorer
        scorer.close()
        return None

    def start(self) -> Scorer:
        """A scorer that has what its state says. Raises ScorerError when it does not come up."""
        self.stop()
        token, log = secrets.token_urlsafe(24), self._folder / LOG
        began = log.stat().st_size if log.exists() else 0
        popen = self._popen(token)
        # known before it listens: whoever comes after a kill ends it, and does not wait for its lock on the state
        known = KnownProcess(popen.pid, psutil.Process(popen.pid).create_time(), token)
        self._keep(known)
        address = self._address(popen, began)
        self._keep(replace(known, address=address))
        return Scorer(address, token, self._model)

    def alive(self) -> bool:
        """Whether the process that was started is still there."""
        known = self._known()
        return known is not None and _process(known) is not None

    def stop(self) -> None:
        """Ends it: it drains, or is killed."""
        known = self._known()
        process = _process(known) if known else None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            _, alive = psutil.wait_procs([process], timeout=STOP_SECONDS)
            for left in alive:
                left.kill()
        (self._folder / KNOWN).unlink(missing_ok=True)

    def said(self, size: int = 64 * 1024) -> str:
        """The end of its log."""
        try:
            text = (self._folder / LOG).read_bytes()
        except FileNotFoundError:
            return ""
        return text[-size:].decode(errors="replace")

    def _popen(self, token: str) -> "subprocess.Popen[bytes]":
        options = ["--host", LOOPBACK, "--port", "0", "--state", str(self._folder / "state")]
        options += [
            "--root",
            str(self._root),
            "--allow-missing",
            "--drain-seconds",
            "0",
            "--token-variable",
            TOKEN,
        ]
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._folder / LOG).open("ab") as log:
            try:
                return subprocess.Popen(
                    [*self._command, *options],
                    cwd=self._folder,
                    env={**os.environ, TOKEN: token},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise ScorerError(503, f"{self._command[0]} cannot be started: {error.strerror}") from error

    def _address(self, popen: "subprocess.Popen[bytes]", began: int) -> str:
        """What it says when it listens."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            text = (self._folder / LOG).read_bytes()[began:].decode(errors="replace")
            if found := _ADDRESS.search(text):
                return found[0]
            if popen.poll() is not None:
                raise ScorerError(503, f"the scorer has ended with {popen.returncode}: {text.strip()[-500:]}")
            time.sleep(0.05)
        popen.kill()
        raise ScorerError(503, f"the scorer does not listen after {START_SECONDS:g} s")

    def _keep(self, known: KnownProcess) -> None:
        draft = self._folder / f".{KNOWN}"
        draft.touch(0o600)
        draft.write_text(json.dumps(asdict(known)), encoding="utf-8")
        draft.replace(self._folder / KNOWN)

    def _known(self) -> KnownProcess | None:
        try:
            return KnownProcess(**json.loads((self._folder / KNOWN).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None


def _process(known: KnownProcess) -> psutil.Process | None:
    try:
        process = psutil.Process(known.pid)
        same = abs(process.create_time() - known.started) < SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
