"""The assets that chain the DAGs: silver -> features -> validated model -> champion -> scores.

New features are scored once, when it is known with which champion: a new one, or the one that stands.
"""

from airflow.sdk import Asset

from lakeloop.config import Source, UseCase


def silver(source: Source) -> Asset:
    """Cleaned tables of a source; each event carries ``{"rows", "tables"}`` of what landed."""
    return _asset(source, "silver")


def features(use_case: UseCase) -> Asset:
    """Features, labels and training set, written and tested by dbt."""
    return _asset(use_case, "features")


def validated_model(use_case: UseCase) -> Asset:
    """A model version that passed the gate; each event carries ``{"version", "reason", "who"}``."""
    return _asset(use_case, "validated_model")


def champion(use_case: UseCase) -> Asset:
    """The version that scores, set by deploy."""
    return _asset(use_case, "champion")


def standing_champion(use_case: UseCase) -> Asset:
    """New features whose champion is the present one: no training was due, or its model was refused."""
    return _asset(use_case, "standing_champion")


def scores(use_case: UseCase) -> Asset:
    """The scores of a period, for whoever consumes them."""
    return _asset(use_case, "scores")


def _asset(part: Source | UseCase, what: str) -> Asset:
    # "x-" is the prefix Airflow keeps free for schemes that no provider interprets.
    return Asset(name=f"{part.name}_{what}", uri=f"x-lakeloop://{part.name}/{what}", group=part.name)
