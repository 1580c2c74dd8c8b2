"""What a source, a use case and a target are, read from YAML and checked before any work.

Nothing here but reading those files: DAGs import it while they are parsed.
"""

from lakeloop.config.loading import (
    ConfigError,
    UnknownSourceError,
    UnknownTargetError,
    UnknownUseCaseError,
    configuration_errors,
    load_labelled_use_case,
    load_source,
    load_sources,
    load_target,
    load_use_case,
    load_use_cases,
    servable_use_cases,
    serving_errors,
    target_names,
    valid_sources,
    valid_use_cases,
)
from lakeloop.config.releases import NoReleaseError, Releases, wheel_name
from lakeloop.config.source import EventSource, FileSource, Source
from lakeloop.config.target import Autoscale, Compute, Mlflow, Target
from lakeloop.config.use_case import BatchUseCase, LabelledUseCase, RankingUseCase, StreamUseCase, UseCase

__all__ = [
    "Autoscale",
    "BatchUseCase",
    "Compute",
    "ConfigError",
    "EventSource",
    "FileSource",
    "LabelledUseCase",
    "Mlflow",
    "NoReleaseError",
    "RankingUseCase",
    "Releases",
    "Source",
    "StreamUseCase",
    "Target",
    "UnknownSourceError",
    "UnknownTargetError",
    "UnknownUseCaseError",
    "UseCase",
    "configuration_errors",
    "load_labelled_use_case",
    "load_source",
    "load_sources",
    "load_target",
    "load_use_case",
    "load_use_cases",
    "servable_use_cases",
    "serving_errors",
    "target_names",
    "valid_sources",
    "valid_use_cases",
    "wheel_name",
]
