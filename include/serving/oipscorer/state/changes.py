"""Changes what is served, in all processes at once."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct
from msgspec.structs import replace

from ..errors import RefusedError, UnusableModelError
from ..models.loading import admit
from ..repository.desired import Candidate, Desired, DesiredVersion, with_refusal, with_version
from ..repository.loaded import candidate_key
from ..repository.sources import Source
from .folder import POLL, StateFolder
from .following import key_text
from .materials import Materials
from .members import Peer, Taken, peers, sweep

_TRIALS = 4  # at a time, each of which is a process
Change = Callable[[Desired], Desired]


class Outcome(Struct, frozen=True):
    """The generation that holds in every living process.

    ended: the workers that did not take it in time, and were ended.
    """

    desired: Desired
    ended: tuple[str, ...] = ()


class Changes:
    """One change after the other, over all processes.

    Args:
        take_seconds: how long a process may need to take a generation.
        load_seconds: how long a process may need to load candidates.
    """

    def __init__(self, state: StateFolder, take_seconds: float = 10.0, load_seconds: float = 60.0) -> None:
        self._state, self._materials = state, Materials(state)
        self._take_seconds, self._load_seconds = take_seconds, load_seconds

    def apply(self, change: Change) -> Outcome:
        """Makes the next generation; it holds in every living process when this returns.

        Raises what `change` raises, and then nothing has changed; RefusedError (504) when a follower, which cannot be
        ended from here, has not taken it in time.
        """
        with self._state.lock():
            before = self._state.read()
            after = change(_without_expired(before))
            desired = before if after == before else self._state.write(after)
        return Outcome(desired, self._everywhere(desired.generation))

    def load(self, sources: list[Source], wanted: bool = False, traffic: bool = True) -> Outcome:
        """Verifies versions, each in a process of its own, and serves those that every process could load.

        Raises RefusedError (400) with the reasons that some of them are refused; `wanted`: the server is not ready
        without them; `traffic`: the first version of a model takes all of it.
        """
        with ThreadPoolExecutor(_TRIALS) as trials:
            admitted = list(zip(sources, trials.map(self._admitted, sources), strict=True))
        versions = [(source, one) for source, one in admitted if isinstance(one, DesiredVersion)]
        refused = [(source, one) for source, one in admitted if isinstance(one, str)]
        candidates = tuple(self._candidate(source, version) for source, version in versions)
        failed = self._tried_everywhere(candidates)
        refused += [
            (source, failed[key]) for source, _ in versions if (key := (source.name, source.number)) in failed
        ]
        versions = [one for one in versions if (one[0].name, one[0].number) not in failed]
        decision = _Decision(candidates, versions, refused, wanted, traffic)
        outcome = self.apply(decision)
        self._materials.sweep(outcome.desired)
        if refused:
            said = [
                f"version {source.number} of {source.name!r} is refused: {why}" for source, why in refused
            ]
            raise RefusedError(400, "; ".join(said))
        return outcome

    def _admitted(self, source: Source) -> DesiredVersion | str:
        try:
            digest = self._materials.add(admit(source.folder))
        except UnusableModelError as error:
            return str(error)
        return DesiredVersion(str(source.folder), source.missing, digest)

    def _candidate(self, source: Source, version: DesiredVersion) -> Candidate:
        until = time.time() + self._load_seconds + self._take_seconds
        return Candidate(source.name, source.number, version, until)

    def _tried_everywhere(self, candidates: tuple[Candidate, ...]) -> dict[tuple[str, str], str]:
        """Why a process could not load a candidate, by name and number."""
        if not candidates:
            return {}
        self.apply(lambda desired: replace(desired, candidates=desired.candidates + candidates))
        keys = {(one.name, one.number): key_text(candidate_key(one)) for one in candidates}
        late = self._wait(lambda taken: set(keys.values()) <= set(taken.tried), self._load_seconds)
        said = [taken for peer in peers(self._state) if (taken := peer.taken())]
        failed = {
            key: f"{taken}: {why}"
            for key, text in keys.items()
            for taken in said
            if (why := taken.tried.get(text))
        }
        untried = [str(taken) for _, taken in late if taken.kind == "follower"]
        return failed | {key: f"{', '.join(untried)} did not load it in time" for key in keys if untried}

    def _everywhere(self, generation: int) -> tuple[str, ...]:
        late = self._wait(lambda taken: taken.generation >= generation, self._take_seconds)
        sweep(self._state)
        ended = [str(taken) for peer, taken in late if taken.kind == "worker"]
        if followers := [str(taken) for _, taken in late if taken.kind == "follower"]:
            said = f"{', '.join(followers)} has not taken it within {self._take_seconds:g} s; end it or try again"
            raise RefusedError(
                504, f"generation {generation} is written and holds in all workers, but {said}"
            )
        return tuple(ended)

    def _wait(self, done: Callable[[Taken], bool], seconds: float) -> list[tuple[Peer, Taken]]:
        """Until all members are done; those that were not, of which the workers are ended."""
        for peer in peers(self._state):
            peer.wake()
        deadline = time.monotonic() + seconds
        while late := list(_not_done(peers(self._state), done)):
            if time.monotonic() > deadline:
                return [*_ended(late)]
            time.sleep(POLL)
        return []


def _not_done(members: Iterable[Peer], done: Callable[[Taken], bool]) -> Iterable[tuple[Peer, Taken]]:
    for peer in members:
        taken = peer.taken()
        if taken is not None and not done(taken):
            yield peer, taken


def _ended(late: list[tuple[Peer, Taken]]) -> Iterable[tuple[Peer, Taken]]:
    """A worker that hangs would serve the old generation when it goes on: it is ended, and started anew."""
    for peer, taken in late:
        if taken.kind == "worker":
            peer.end()
            while peer.alive():
                time.sleep(POLL)
        yield peer, taken


def _without_expired(desired: Desired) -> Desired:
    candidates = tuple(one for one in desired.candidates if one.until > time.time())
    return replace(desired, candidates=candidates)


class _Decision(Struct, frozen=True):
    """What has become of candidates."""

    candidates: tuple[Candidate, ...]
    versions: list[tuple[Source, DesiredVersion]]
    refused: list[tuple[Source, str]]
    wanted: bool
    traffic: bool

    def __call__(self, desired: Desired) -> Desired:
        others = tuple(one for one in desired.candidates if one not in self.candidates)
        desired = replace(desired, candidates=others)
        for source, version in self.versions:
            desired = with_version(desired, source.name, source.number, version, self.traffic)
        for source, reason in self.refused:
            desired = with_refusal(desired, source, reason, self.wanted)
        return desired
