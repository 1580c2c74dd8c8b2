"""What an interaction changes, told by a real service."""

from collections.abc import Iterator

import pytest

from lakeloop_stack.loop import reaction as module
from lakeloop_stack.loop.reaction import NoSuggestionsError, reaction
from rankstream import fit
from rankstream.folder import save
from rankstream_testing import SMALL, world
from rankstream_testing.server import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    save(fit(world(entities=60, days=120), SMALL), folder / "model")
    running = Service(folder, {"model": {"folder": str(folder / "model")}, "store": {"url": "memory:"}})
    yield running
    running.close()


def test_a_suggestion_changes_with_an_interaction(service: Service) -> None:
    seen = reaction(service.address, "e1", "2021-01-20", "1")

    assert seen.item not in seen.before
    assert len(seen.before) == len(seen.after) == module.SHOWN
    assert seen.after != seen.before
    assert seen.milliseconds > 0


def test_a_version_that_does_not_come_is_named(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_SECONDS", 0.5)

    with pytest.raises(NoSuggestionsError, match=r'version 2 does not answer at .*"version":"1"'):
        reaction(service.address, "e1", "2021-01-20", "2")
