"""A state is written as a whole, by one at a time."""

from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oipscorer.repository.desired import Candidate, Desired, DesiredModel, DesiredVersion
from oipscorer.repository.traffic import Traffic
from oipscorer.state.folder import StateError, StateFolder

NAMES = st.sampled_from(["1", "2", "champion"])
VERSIONS = st.builds(DesiredVersion, st.text(), st.booleans(), st.none() | st.text(), st.text())
TRAFFIC = st.builds(Traffic, st.dictionaries(NAMES, st.integers(0, 100)), st.lists(NAMES).map(tuple))
MODELS = st.builds(
    DesiredModel,
    st.dictionaries(NAMES, VERSIONS),
    st.none() | TRAFFIC,
    st.dictionaries(NAMES, NAMES),
    st.booleans(),
)
CANDIDATES = st.builds(Candidate, NAMES, NAMES, VERSIONS, st.floats(0, 1e10)).map(lambda one: (one,))
DESIRED = st.builds(Desired, st.integers(0, 1000), st.dictionaries(st.text(), MODELS), CANDIDATES)


@given(desired=DESIRED)
def test_what_was_written_is_read_again_as_the_next_generation(
    tmp_path_factory: pytest.TempPathFactory, desired: Desired
) -> None:
    state = StateFolder(tmp_path_factory.mktemp("state"))

    state.write(desired)

    assert state.read() == replace(desired, generation=desired.generation + 1)


def test_no_change_is_lost_among_many_writers(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)

    def write(number: int) -> None:
        for turn in range(20):
            with state.lock():
                before = state.read()
                state.write(replace(before, models=before.models | {f"{number}-{turn}": DesiredModel()}))

    writers = [Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert (state.read().generation, len(state.read().models)) == (80, 80)


def test_a_lock_that_is_held_is_named(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)

    held = pytest.raises(StateError, match=r"changes\.lock is held by another process")
    with state.lock(), held, state.lock(seconds=0.05):
        pass


def test_a_state_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"generation": "x"}')

    with pytest.raises(StateError, match=r"state\.json cannot be read: Expected `int`, got `str`"):
        StateFolder(tmp_path).read()
