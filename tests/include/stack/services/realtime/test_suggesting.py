"""What a suggester is told follows from its use case, and the service itself understands it."""

import json
from pathlib import Path

import pytest

from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.settings import read_settings
from lakeloop_stack.services.realtime.suggesting import (
    prepare_suggesting,
    suggester_url,
    suggesting_environment,
    suggesting_services,
)
from rankstream.service.config import read_config

REDIS = "redis://:secret@127.0.0.1:6379/0"


def test_the_service_understands_what_it_is_told(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, suggester_port=8123, mlflow_port=5123)

    prepare_suggesting(settings, REDIS)

    [service] = suggesting_services(settings)
    file = Path(service.command[-1])
    config = read_config(file)
    assert file.parent == Home(tmp_path).scoring
    assert file.stat().st_mode & 0o077 == 0  # a password is in it
    assert (config.port, config.entity, config.store.url) == (8123, "household_id", REDIS)
    assert config.model.name == "dev.recommend_ml.recommend"
    assert config.model.registry_uri == "http://127.0.0.1:5123"


def test_clients_find_the_suggester_of_a_use_case(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, suggester_port=8123)

    said = json.loads(suggesting_environment(settings)["LAKELOOP_SUGGESTERS"])

    assert (
        said == {"recommend": suggester_url(settings, "recommend")} == {"recommend": "http://127.0.0.1:8123"}
    )
    with pytest.raises(LookupError, match="use case churn suggests nothing; recommend does"):
        suggester_url(settings, "churn")
