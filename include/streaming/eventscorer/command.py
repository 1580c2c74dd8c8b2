"""The command line: ``python -m eventscorer --config file.json``."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event as Signal

from eventfeatures.stores import StateStore
from eventfeatures.stores.postgresql import PostgresStore
from eventfeatures.stores.redis import RedisStore

from .config import Config, Store, kafka_settings, read_config
from .errors import ConfigError, NotReadyError
from .metrics import Metrics
from .pipeline.decide import Decider
from .pipeline.loop import Loop
from .scoring.features import EngineFeatures, Features, MessageFeatures
from .scoring.oip import folder_scorer, traffic_scorer
from .scoring.scorer import Scorer
from .state.journal import Journal


def main(arguments: Sequence[str] | None = None) -> int:
    """Score until SIGTERM or SIGINT; exit status 2 for a configuration that is wrong."""
    parser = argparse.ArgumentParser("eventscorer", description="Scores events from Kafka.")
    parser.add_argument("--config", type=Path, required=True, help="a JSON file, see the README")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stopping = Signal()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        build(read_config(chosen.config)).run(stopping)
    except ConfigError as error:
        print(f"eventscorer: {error}", file=sys.stderr)
        return 2
    return 0


def build(config: Config) -> Loop:
    """The scorer of a configuration, with its metrics served. Raises ConfigError."""
    settings, metrics = kafka_settings(config), Metrics()
    store = _store(config.store) if config.store else None
    features = _features(config, store)
    decider = Decider(config, features, _scorer(config))
    if config.model.folder is not None:
        _require_columns(decider)
    metrics.serve(config.metrics_port)
    return Loop(config, settings, decider, Journal(store, config.group, config.topic), metrics)


def _store(store: Store) -> StateStore:
    if store.url.startswith("postgres"):
        return PostgresStore(store.url, store.namespace)
    return RedisStore(store.url, store.namespace)


def _features(config: Config, store: StateStore | None) -> Features:
    if config.definition is None or store is None:
        return MessageFeatures(config.features)
    return EngineFeatures(config.definition, store)


def _scorer(config: Config) -> Scorer:
    model = config.model
    if model.state is not None:
        return traffic_scorer(model.name, model.state, f"eventscorer-{config.group}-{config.instance}")
    assert model.folder is not None  # the configuration has one of both
    return folder_scorer(model.name, model.version, model.folder)


def _require_columns(decider: Decider) -> None:
    """What stays as it is cannot become right by waiting."""
    try:
        decider.require_ready()
    except NotReadyError as error:
        raise ConfigError(f"model.folder: {error}") from error
