"""What a use case and a target are, read from YAML and checked before any work.

Nothing here but reading those files: DAGs import it while they are parsed.
"""

from lakeloop.config.loading import (
    ConfigError,
    UnknownTargetError,
    UnknownUseCaseError,
    load_target,
    load_use_case,
    load_use_cases,
)
from lakeloop.config.releases import NoReleaseError, Releases, wheel_name
from lakeloop.config.target import Autoscale, Compute, Mlflow, Target
from lakeloop.config.use_case import (
    Baseline,
    Gate,
    Model,
    Question,
    Retrain,
    Schedule,
    Source,
    Split,
    Timeouts,
    UseCase,
)

__all__ = [
    "Autoscale",
    "Baseline",
    "Compute",
    "ConfigError",
    "Gate",
    "Mlflow",
    "Model",
    "NoReleaseError",
    "Question",
    "Releases",
    "Retrain",
    "Schedule",
    "Source",
    "Split",
    "Target",
    "Timeouts",
    "UnknownTargetError",
    "UnknownUseCaseError",
    "UseCase",
    "load_target",
    "load_use_case",
    "load_use_cases",
    "wheel_name",
]
