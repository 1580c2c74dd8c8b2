"""One cluster of two workers and one driver, which all tests of the folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.lakeloop.lifecycle.training.data import labelled
from tests.integration.lakeloop.lifecycle.training.standalone import Cluster, Driver


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the labelled rows of a binary and a regression use case."""
    folder = tmp_path_factory.mktemp("rows")
    for kind in ("binary", "regression"):
        labelled(kind).to_parquet(folder / f"{kind}.parquet")
    return folder


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"), workers=2)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def driver(cluster: Cluster, data: Path) -> Iterator[Driver]:
    started = Driver(cluster, data)
    yield started
    started.stop()
