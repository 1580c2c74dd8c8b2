"""`lakeloop rollback` where an endpoint answers: it is switched at once, and a note says what has to follow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle.deployment.instant import PENDING, note_from
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.scorer import Scorer
from lakeloop_stack.cli import instant
from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.settings import StackSettings
from lakeloop_stack.services.realtime.scoring import stream_use_cases
from tests.include.lakeloop.lifecycle.serving.scorers import Load, Registry, booster, scorer

MODEL = "dev.fraud_ml.fraud"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    made = Registry(tmp_path_factory.mktemp("mlflow"), MODEL)
    yield made
    made.process.terminate()
    made.process.wait(30)


@pytest.fixture
def endpoint(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scorer]:
    """A scorer with champion 2 and previous 1, where the settings of a stack say; nothing follows the switch."""
    for alias, seed in (("previous", 1), ("champion", 2)):
        registry.alias(alias, registry.register(booster(seed=seed)))
    with scorer(tmp_path, registry.uri, MODEL) as address:
        place = [use_case.name for use_case in stream_use_cases()].index("fraud")
        ports: dict[str, Any] = {
            "mlflow_port": urlsplit(registry.uri).port,
            "scorer_port": (urlsplit(address).port or 0) - place,
        }
        settings = StackSettings(home=tmp_path / "home", **ports)
        Home(settings.home).make()
        monkeypatch.setattr(instant, "running_settings", lambda: settings)
        monkeypatch.setattr(instant, "_follow", lambda *given: None)
        yield Scorer(address, MODEL)


def test_the_version_before_answers_when_it_returns_and_no_request_fails(
    registry: Registry, endpoint: Scorer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = registry.client.get_registered_model(MODEL).aliases["previous"]
    use_case, target = load_use_case("fraud"), load_target("local")

    with Load(endpoint.address, model=MODEL) as load:
        assert instant.switched(use_case, target, "scores jumped", None, "jane")

    assert load.failed == []
    assert endpoint.answering() == str(before)
    assert "answers in place of" in capsys.readouterr().out
    note = note_from(registry.client.get_registered_model(MODEL).tags[PENDING])
    assert (note.who, note.why, note.to_version) == ("jane", "scores jumped", str(before))
    assert note.proof


def test_a_version_that_is_not_loaded_goes_the_long_way_and_leaves_no_note(
    registry: Registry, endpoint: Scorer, capsys: pytest.CaptureFixture[str]
) -> None:
    use_case, target = load_use_case("fraud"), load_target("local")

    assert not instant.switched(use_case, target, "scores jumped", "99", "jane")

    assert "cannot serve version 99" in capsys.readouterr().err
    assert endpoint.traffic() == Traffic({"champion": 100})
    assert PENDING not in registry.client.get_registered_model(MODEL).tags


def test_a_use_case_without_an_endpoint_goes_the_long_way() -> None:
    assert not instant.switched(load_use_case("churn"), load_target("local"), "why", None, "jane")
