"""dbt's own suites, `dbt-tests-adapter`, on the stack, with the unmodified dbt-databricks adapter.

A class that changes what its suite expects says why: ``@deviates("why")``. What cannot run stands in `refused.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.tests.fixtures.project import *  # noqa: F403 the suites' fixtures; two are replaced below

from tests.dbt_in_process import quick_behavior_flags

HERE = Path(__file__).parent
QUICK = ("test_complete.py", "test_essentials.py", "test_refused.py")
CLUSTER = "/sql/protocolv1/o/0/local"


@pytest.fixture(scope="session", autouse=True)
def _no_other_project() -> Iterator[None]:
    """Keep the product's own project and profiles, which `lakeloop env` names, away from dbt."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        environment.delenv("DBT_PROJECT_DIR", raising=False)
        quick_behavior_flags(environment)
        yield


@pytest.fixture(scope="class")  # type: ignore[no-redef]
def dbt_profile_target(stack: dict[str, str]) -> dict[str, Any]:
    """What a user's profiles.yml says; the suites add a schema of their own for each class."""
    host = stack["DATABRICKS_HOST"]
    return {
        "type": "databricks",
        "catalog": "dev",
        "host": host,
        "http_path": CLUSTER,
        "token": stack["DATABRICKS_TOKEN"],
        "threads": 4,
        "connection_parameters": {"_connection_uri": host + CLUSTER, "enable_telemetry": False},
    }


@pytest.fixture(scope="class")  # type: ignore[no-redef]
def logs_dir(tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Iterator[str]:
    """Where dbt logs; the suites' own fixture would use a folder of this repository."""
    folder = str(tmp_path_factory.mktemp(prefix))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DBT_LOG_PATH", folder)
        yield folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test` leaves out, and keep warnings away that are the suites' own."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore"))
            if item.path.name not in QUICK:
                item.add_marker("whole_suite")
