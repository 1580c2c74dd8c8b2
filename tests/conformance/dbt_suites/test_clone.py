"""`dbt clone`: tables as shallow clones, views as views."""

from collections.abc import Iterator
from typing import Any

import pytest
from dbt.tests.adapter.dbt_clone.test_dbt_clone import (
    BaseCloneNotPossible,
    BaseClonePossible,
    BaseCloneSameTargetAndState,
)


class _DropsSeeds:
    @pytest.fixture(scope="class", autouse=True)
    def clean_up(self, project: Any) -> Iterator[None]:
        yield
        project.run_sql(f"drop schema if exists {project.test_schema}_seeds cascade")


class TestClone(_DropsSeeds, BaseClonePossible): ...


class TestCloneAsViews(_DropsSeeds, BaseCloneNotPossible): ...


class TestCloneFromItsOwnState(_DropsSeeds, BaseCloneSameTargetAndState): ...
