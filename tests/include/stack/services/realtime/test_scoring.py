"""What a stream is told follows from its use case, and the stream itself understands it."""

import json
import re
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from eventfeatures import Engine
from eventscorer.config import read_config
from lakeloop.config import load_source, load_use_case
from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.settings import read_settings
from lakeloop_stack.services.realtime.scoring import (
    prepare_scoring,
    scorer_url,
    scoring_environment,
    scoring_services,
)
from lakeloop_stack.services.realtime.topics import make_topics, wanted
from oipscorer.command import parser, settings_of
from tests.include.stack.services.realtime.conftest import realtime_in

REDIS = "redis://:secret@127.0.0.1:6379/0"


def test_the_stream_understands_what_it_is_told(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path)

    prepare_scoring(settings, REDIS)

    file = Home(tmp_path).scoring / "fraud-stream.json"
    config = read_config(file)
    assert file.stat().st_mode & 0o077 == 0  # a password is in it
    assert (config.topic, config.id_field, config.time_field) == (
        "cards.transactions",
        "transaction_id",
        "event_time",
    )
    assert config.store is not None
    assert re.fullmatch(r"fraud_[0-9a-f]{8}", config.store.namespace)
    assert config.definition is not None
    assert Engine(config.definition).entities == ["card", "merchant"]
    assert config.allowed_ahead_seconds == 3600 * load_source("cards").arrival.tolerance
    assert str(config.model.state) in _command(tmp_path, "fraud-scorer")


def _command(home: Path, name: str) -> tuple[str, ...]:
    [service] = [s for s in scoring_services(read_settings(home=home)) if s.name == name]
    return service.command


def test_what_the_scorer_takes_is_understood_and_logged_to_its_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
    command = _command(tmp_path, "fraud-scorer")

    log = settings_of(parser().parse_args(command[command.index("--port") :]), None).log

    assert (log.topic, log.share) == ("fraud.requests", 1.0)


def test_clients_find_the_scorer_of_a_use_case(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, scorer_port=8123)

    assert scorer_url(settings, "fraud") == "http://127.0.0.1:8123"
    assert json.loads(scoring_environment(settings)["LAKELOOP_SCORERS"]) == {"fraud": "http://127.0.0.1:8123"}
    assert load_use_case("churn").kind == "batch"  # type: ignore[attr-defined]
    with pytest.raises(LookupError, match="use case churn has no scorer; there are fraud"):
        scorer_url(settings, "churn")


def test_topics_are_made_once_and_keep_what_is_long_past(tmp_path: Path) -> None:
    with realtime_in(tmp_path) as realtime:  # which makes them as it starts
        make_topics(realtime.kafka)

        admin = AdminClient(realtime.kafka)
        present = admin.list_topics(timeout=30).topics
        assert {name: len(present[name].partitions) for name, _ in wanted()} == dict(wanted())
        assert {
            "cards.transactions",
            "cards.reports",
            "fraud.decisions",
            "fraud.dead_letters",
            "fraud.requests",
        } <= set(present)
