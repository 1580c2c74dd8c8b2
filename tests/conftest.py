"""The one stack that all tests of a session share."""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of ``lakeloop env`` of a running stack, as a client would export them.

    With LAKELOOP_TEST_ENV (a JSON file of such variables) a stack that runs already is used.
    """
    given = os.environ.get("LAKELOOP_TEST_ENV")
    if not given:
        raise RuntimeError("LAKELOOP_TEST_ENV is not set")
    return json.loads(Path(given).read_text(encoding="utf-8"))
