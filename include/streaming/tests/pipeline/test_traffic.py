"""Decisions follow the traffic of a server, at once and without losing one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eventscorer_testing.models import save_model
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import NAMES, committed, decoded, event, wait_until, write
from oipscorer_testing.server import Server

SIZE = 200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts a server with versions 1 and 2, the first of which takes all traffic."""
    started: list[Server] = []
    for number in "12":
        save_model(tmp_path / number, NAMES, trees=5 * int(number))

    def start() -> Server:
        models = [part for n in "12" for part in ("--model", f"m={tmp_path}/{n}@{n}")]
        started.append(Server(*models, "--state", str(tmp_path / "state"), "--root", str(tmp_path)))
        return started[-1]

    yield start
    for one in started:
        one.close()


class Stream:
    """Events in rounds, and the versions that decided them."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config, self.written = config, 0

    def write(self) -> None:
        """Another round, of as many events."""
        events = (event(number) for number in range(self.written, self.written + SIZE))
        write(self._config["kafka"], self._config["topic"], events)
        self.written += SIZE

    def decisions(self) -> list[dict[str, Any]]:
        return decoded(committed(self._config["kafka"], f"{self._config['topic']}.decisions"))

    def versions(self) -> list[set[str]]:
        """Of each round, once all events have been decided."""
        wait_until(lambda: len(self.decisions()) >= self.written, f"{self.written} decisions")
        rounds = defaultdict[int, set[str]](set)
        for one in self.decisions():
            rounds[int(one["event_id"][1:]) // SIZE].add(one["version"])
        return [rounds[number] for number in sorted(rounds)]


def direct(server: Server, **traffic: Any) -> None:
    assert server.http.put("/v2/repository/models/m/traffic", json=traffic).status_code == 200


@pytest.mark.timeout(300)
def test_a_call_of_traffic_changes_the_next_decision_and_none_is_lost_or_doubled(
    stateful: dict[str, Any], scorer: Callable[..., Scorer], server: Callable[[], Server], tmp_path: Path
) -> None:
    config = {**stateful, "model": {"name": "m", "state": str(tmp_path / "state")}, "batch_rows": 50}
    stream = Stream(config)
    stream.write()
    running = scorer(config)
    wait_until(
        lambda: "events wait: there is no model 'm'" in running.log.read_text(), "it waits for a version"
    )

    serving = server()
    assert stream.versions() == [{"1"}]
    direct(serving, weights={"2": 100}, shadows=["1"])
    stream.write()
    assert stream.versions()[1:] == [{"2"}]
    stream.write()  # a rollback while it decides
    wait_until(lambda: len(stream.decisions()) > 2 * SIZE, "the round is under way")
    direct(serving, weights={"1": 100})
    stream.write()
    assert stream.versions()[3:] == [{"1"}]

    assert serving.unload("m").status_code == 200
    stream.write()
    wait_until(lambda: "no version of 'm' takes traffic" in running.log.read_text(), "it waits again")
    assert serving.load("m", folder=str(tmp_path / "2"), version="3", allow_missing=True).status_code == 200
    assert stream.versions()[4:] == [{"3"}]
    ids = sorted(one["event_id"] for one in stream.decisions())
    assert ids == sorted(f"e{number}" for number in range(stream.written))
    assert running.log.read_text().count("events wait") == 2
    assert running.stop() == 0


@pytest.mark.timeout(300)
def test_a_key_has_the_version_and_the_reasons_that_the_server_would_give(
    configured: dict[str, Any], scorer: Callable[..., Scorer], server: Callable[[], Server], tmp_path: Path
) -> None:
    serving = server()
    direct(serving, weights={"1": 50, "2": 50})
    own = {"model": {"name": "m", "state": str(tmp_path / "state")}, "reasons": 2, "reasons_from": 0.5}
    config = {**configured, **own}
    stream = Stream(config)
    stream.write()
    scorer(config)

    assert stream.versions() == [{"1", "2"}]
    assert {"reasons" in one for one in stream.decisions()} == {True, False}
    for one in stream.decisions()[:30]:
        inputs = [
            {"name": name, "shape": [1], "datatype": "FP64", "data": [value]}
            for name, value in one["features"].items()
        ]
        request = {"parameters": {"sticky_key": one["key"], "reasons": 2}, "inputs": inputs}
        answer = serving.infer(request, "/v2/models/m/infer").json()
        said = {output["name"]: output["data"] for output in answer["outputs"]}
        assert (answer["model_version"], said["predict"]) == (one["version"], [one["score"]])
        expected = (
            dict(zip(said["reasons"], said["contributions"], strict=True)) if one["score"] >= 0.5 else None
        )
        assert one.get("reasons") == expected
