"""Tests that keep the rows that failed, as tables, views or not at all."""

from dbt.tests.adapter.store_test_failures_tests.basic import (
    StoreTestFailuresAsExceptions,
    StoreTestFailuresAsGeneric,
    StoreTestFailuresAsInteractions,
    StoreTestFailuresAsProjectLevelEphemeral,
    StoreTestFailuresAsProjectLevelOff,
    StoreTestFailuresAsProjectLevelView,
)
from dbt.tests.adapter.store_test_failures_tests.test_store_test_failures import (
    BaseStoreTestFailures,
    BaseStoreTestFailuresLimit,
)


class TestInteractions(StoreTestFailuresAsInteractions): ...


class TestProjectLevelOff(StoreTestFailuresAsProjectLevelOff): ...


class TestProjectLevelView(StoreTestFailuresAsProjectLevelView): ...


class TestProjectLevelEphemeral(StoreTestFailuresAsProjectLevelEphemeral): ...


class TestGeneric(StoreTestFailuresAsGeneric): ...


class TestExceptions(StoreTestFailuresAsExceptions): ...


class TestStoreFailures(BaseStoreTestFailures): ...


class TestStoreFailuresLimit(BaseStoreTestFailuresLimit): ...
