"""Keeps each endpoint as its record says: updates carried out, scorers started, found again, and watched."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock, Thread

from .metering.meter import Seen
from .metering.metrics import counted
from .models import Models
from .records import EndpointRecord, Records
from .scorers.process import ScorerProcess
from .scorers.scorer import Scorer, ScorerError
from .updates import UpdateError, carry_out, running

log = logging.getLogger("localbricks.serving")
AT_ONCE = 2  # updates
WATCH_SECONDS = 1.0


class Upkeep:
    """The scorers of all endpoints.

    Args:
        command: how a scorer is started, without options.
    """

    def __init__(self, records: Records, models: Models, command: Sequence[str]) -> None:
        self._records, self._models, self._command = records, models, command
        self._scorers: dict[str, Scorer] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()  # over the two above; never held while a scorer is asked
        self._pool = ThreadPoolExecutor(AT_ONCE, "serving-update")
        self._closing = Event()
        self._watch = Thread(target=self._watching, name="serving-watch", daemon=True)

    def start(self) -> None:
        """Takes up what was there: scorers that still run, those that do not, and updates that were cut off."""
        for record in self._records.all():
            self.take_up(record.name)
        self._watch.start()

    def close(self) -> None:
        """Ends the scorers. An update that is cut off by it is carried out at the next start."""
        self._closing.set()
        self._models.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for record in self._records.all():
            self.process(record.name).stop()
        if self._watch.ident is not None:
            self._watch.join(10)

    def take_up(self, name: str) -> None:
        """Brings an endpoint to what its record says, from wherever it was left; returns at once."""
        self._pool.submit(self._logged, name)

    def remove(self, name: str) -> None:
        """Ends the scorer of an endpoint, and removes all that belongs to it."""
        with self.lock(name):
            with self._lock:
                scorer = self._scorers.pop(name, None)
            if scorer is not None:
                scorer.close()
            self.process(name).stop()
            self._records.remove(name)

    def scorer(self, name: str) -> Scorer:
        """Raises ScorerError while it does not run."""
        with self._lock:
            scorer = self._scorers.get(name)
        if scorer is None:
            raise ScorerError(503, f"endpoint {name} is not ready")
        return scorer

    def alive(self, name: str) -> bool:
        """Whether its scorer answers."""
        with self._lock:
            scorer = self._scorers.get(name)
        return scorer is not None and scorer.answers()

    def process(self, name: str) -> ScorerProcess:
        """The process of an endpoint, whether it runs or not."""
        return ScorerProcess(self._command, self._records.folder(name), self._models.folder, name)

    def lock(self, name: str) -> Lock:
        """Held while an endpoint changes."""
        with self._lock:
            return self._locks.setdefault(name, Lock())

    def look(self) -> Seen:
        """What each version has counted, by endpoint; endpoints that do not answer are left out."""
        with self._lock:
            scorers = dict(self._scorers)
        seen: Seen = {}
        for name, scorer in scorers.items():
            try:
                seen[name] = counted(scorer.metrics())
            except (
                ScorerError,
                RuntimeError,
            ) as error:  # a client that was closed meanwhile is a RuntimeError
                log.warning("endpoint %s is not counted this minute: %s", name, error)
        return seen

    def _watching(self) -> None:
        """A scorer that has ended is started again, with what it served."""
        while not self._closing.wait(WATCH_SECONDS):
            with self._lock:
                names = list(self._scorers)
            for name in names:
                if not self.lock(name).locked() and not self.process(name).alive():
                    log.error("the scorer of endpoint %s has ended; it is started again", name)
                    self._logged(name)

    def _logged(self, name: str) -> None:
        try:
            with self.lock(name):
                self._bring(name)
        except Exception:
            log.exception("endpoint %s", name)

    def _bring(self, name: str) -> None:
        record = self._records.find(name)
        if record is None or self._closing.is_set():
            return
        try:
            scorer = running(self.process(name))
            self._keep(name, scorer)
            if record.update == "IN_PROGRESS" and record.pending is not None:
                carry_out(scorer, self._models, record.pending)
                self._succeeded(record)
        except UpdateError as error:
            self._failed(record, error)

    def _keep(self, name: str, scorer: Scorer) -> None:
        with self._lock:
            before, self._scorers[name] = self._scorers.get(name), scorer
        if before is not None:
            before.close()

    def _succeeded(self, record: EndpointRecord) -> None:
        done = replace(
            record,
            config=record.pending,
            config_version=record.config_version + 1,
            pending=None,
            update="NOT_UPDATING",
            updated=now(),
        )
        self._records.save(done)

    def _failed(self, record: EndpointRecord, error: UpdateError) -> None:
        if self._closing.is_set():
            return
        log.error("endpoint %s: %s", record.name, error)
        if record.update == "IN_PROGRESS":
            named = [one["name"] for one in (record.pending or {}).get("served_entities", [])]
            failures = error.failures or dict.fromkeys(named, str(error))
            self._records.save(replace(record, update="UPDATE_FAILED", failures=failures, updated=now()))


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)
