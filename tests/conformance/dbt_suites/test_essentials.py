"""What each project needs, quick enough for every run of the tests: the rest is `make test-dbt`."""

from dbt.tests.adapter.basic.test_adapter_methods import BaseAdapterMethod
from dbt.tests.adapter.basic.test_base import BaseSimpleMaterializations
from dbt.tests.adapter.basic.test_incremental import BaseIncremental


class TestSimpleMaterializations(BaseSimpleMaterializations): ...


class TestAdapterMethods(BaseAdapterMethod): ...


class TestIncremental(BaseIncremental): ...
