"""The one stack that all tests of a session share."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

os.environ["LAKELOOP_TARGET"] = "local"  # it has no default, and the stack of the tests is a local one

# The same examples in each run; --hypothesis-profile=default looks for others.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
ON_A_STACK = ("conformance", "integration", "e2e", "faults")
AWKWARD = "Mein Häuschen 100%"
PORTS = ("s3_port", "mlflow_port", "localbricks_port", "airflow_port", "spark_port", "derby_port")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of ``lakeloop env`` of a running stack, as a client would export them.

    The stack lies in a home of its own (in $LAKELOOP_TEST_HOME, else in a temporary folder), on free ports, and is
    stopped at the end. The home's name has what needs escaping somewhere: a blank, a percent sign, a letter beyond
    ASCII.
    With LAKELOOP_TEST_ENV (a JSON file of such variables) a stack that runs already is used instead.
    """
    given = os.environ.get("LAKELOOP_TEST_ENV")
    if given:
        yield json.loads(Path(given).read_text(encoding="utf-8"))
        return
    folder = Path(os.environ.get("LAKELOOP_TEST_HOME") or tmp_path_factory.mktemp("stack"))
    with stack_in(folder) as variables:
        yield variables


@pytest.fixture(scope="session")
def client(stack: dict[str, str]) -> "WorkspaceClient":
    """The unmodified databricks-sdk, on the local workspace of the stack."""
    from databricks.sdk import WorkspaceClient

    return WorkspaceClient(host=stack["DATABRICKS_HOST"], token=stack["DATABRICKS_TOKEN"], auth_type="pat")


@pytest.fixture(scope="session")
def s3(stack: dict[str, str]) -> Any:
    """An S3 client of the stack."""
    from lakeloop_stack.services.preparations import s3_client

    return s3_client(stack)


@contextmanager
def stack_in(folder: Path) -> Iterator[dict[str, str]]:
    """The variables of a stack on free ports whose home lies in `folder`; it is stopped at the end."""
    from lakeloop_stack.jars.catalog import ready_jars
    from lakeloop_stack.machine.ports import free_ports
    from lakeloop_stack.machine.settings import read_settings
    from lakeloop_stack.supervisor.down import down
    from lakeloop_stack.supervisor.up import up

    settings = read_settings(home=folder / AWKWARD, **dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    try:
        yield dict(up(settings, ready_jars(), _say).environment)
    finally:
        release_spark()
        down(settings)


def release_spark() -> None:
    """End this process's session on Spark; at exit it would ask a stopped server to, for ten minutes."""
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()


def _say(name: str, what: str) -> None:
    if what != "started":
        print(f"stack: {name} {what}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that stop and kill the shared stack come last. Raises UsageError for one that starts it out of place."""
    misplaced = [item.nodeid for item in items if _needs_stack(item) and not _may_start_it(item.path)]
    if misplaced:
        raise pytest.UsageError(
            f"Only tests below {', '.join(f'tests/{folder}' for folder in ON_A_STACK)} may use the stack, so that the "
            f"others are quick; move these: {', '.join(misplaced)}"
        )
    items.sort(key=lambda item: "tests/faults/" in item.path.as_posix())


def _needs_stack(item: pytest.Item) -> bool:
    return "stack" in getattr(item, "fixturenames", ())


def _may_start_it(path: Path) -> bool:
    return any(path.is_relative_to(TESTS / folder) for folder in ON_A_STACK)
