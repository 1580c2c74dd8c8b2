"""An endpoint changes: all versions that it is to serve are verified, then the traffic is directed, or nothing is."""

from typing import Any

from .models import DownloadError, Models
from .scorers.process import ScorerProcess
from .scorers.scorer import Scorer, ScorerError
from .views import shares_of, version_of


class UpdateError(RuntimeError):
    """The configuration cannot be served, and what served goes on.

    Args:
        failures: reason by name of the served entity; empty where none of them is to blame.
    """

    def __init__(self, message: str, failures: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.failures = failures or {}


def running(process: ScorerProcess) -> Scorer:
    """The endpoint's scorer, started where it does not run. Raises UpdateError."""
    try:
        return process.attached() or process.start()
    except ScorerError as error:
        raise UpdateError(error.message) from error


def carry_out(scorer: Scorer, models: Models, config: dict[str, Any]) -> None:
    """All of it holds when this returns. Raises UpdateError, and takes out again what was loaded for it."""
    try:
        before = scorer.ready()
        loaded, failures = _loaded(scorer, models, config, before)
        if not failures:
            scorer.direct(shares_of(config))
            _tidy(scorer, scorer.ready() - {version_of(entity) for entity in config["served_entities"]})
            return
        _tidy(scorer, loaded)
    except ScorerError as error:
        raise UpdateError(error.message) from error
    raise UpdateError("; ".join(f"{name}: {reason}" for name, reason in failures.items()), failures)


def _loaded(
    scorer: Scorer, models: Models, config: dict[str, Any], before: set[str]
) -> tuple[set[str], dict[str, str]]:
    """Versions that were not there before, and the reason of each entity that cannot be served."""
    loaded, failures = set(), {}
    for entity in config["served_entities"]:
        version = version_of(entity)
        if version in before:
            continue
        try:
            scorer.load(version, str(models.downloaded(entity["entity_name"], entity["entity_version"])))
            loaded.add(version)
        except (DownloadError, ScorerError) as error:
            failures[entity["name"]] = str(error)
    return loaded, failures


def _tidy(scorer: Scorer, versions: set[str]) -> None:
    for version in sorted(versions):
        try:
            scorer.unload(version)
        except ScorerError as error:
            if error.status != 409:  # the first version of a new scorer has its traffic
                raise
