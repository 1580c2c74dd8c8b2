"""The command line: ``python -m eventscorer --config file.json``."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Event as Signal

from redis import Redis

from .config import Config, kafka_settings, read_config
from .errors import ConfigError
from .metrics import Metrics
from .pipeline.decide import Decider
from .pipeline.loop import Loop
from .scoring.features import Features, MessageFeatures
from .scoring.oip import load_scorer
from .state.redis_store import RedisStore
from .state.store import NoStates, StateStore


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
    settings, store, metrics = kafka_settings(config), _store(config), Metrics()
    features = _features(config)
    scorer = load_scorer(config.model, missing=True)
    decider = Decider(config, features, scorer, store)
    metrics.serve(config.metrics_port)
    return Loop(config, settings, decider, store, metrics)


def _store(config: Config) -> StateStore:
    if config.store is None:
        return NoStates()
    return RedisStore(Redis.from_url(config.store), f"{config.group}:{config.topic}")


def _features(config: Config) -> Features:
    if config.factory is None:
        return MessageFeatures(config.features)
    module, _, function = config.factory.partition(":")
    try:
        made: Features = getattr(import_module(module), function)(**config.factory_options)
    except (ImportError, AttributeError, TypeError) as error:
        raise ConfigError(f"factory: {config.factory} cannot be used: {error}") from error
    return made
