"""The assets that chain the DAGs: silver -> features -> validated model -> champion -> scores."""

from airflow.sdk import Asset

from include.config import UseCase


def silver(use_case: UseCase) -> Asset:
    """Cleaned tables, written by ingest."""
    return _asset(use_case, "silver")


def features(use_case: UseCase) -> Asset:
    """Features, labels and training set, written and tested by dbt."""
    return _asset(use_case, "features")


def validated_model(use_case: UseCase) -> Asset:
    """A model version that passed the gate; each event carries ``{"version": ...}``."""
    return _asset(use_case, "validated_model")


def champion(use_case: UseCase) -> Asset:
    """The version that scores, set by deploy."""
    return _asset(use_case, "champion")


def scores(use_case: UseCase) -> Asset:
    """The night's scores, for whoever consumes them."""
    return _asset(use_case, "scores")


def _asset(use_case: UseCase, what: str) -> Asset:
    # "x-" is the prefix Airflow keeps free for schemes that no provider interprets.
    return Asset(
        name=f"{use_case.name}_{what}", uri=f"x-lakeloop://{use_case.name}/{what}", group=use_case.name
    )
