"""Seeds: types, delimiters, schemas, odd files."""

from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import pytest
from dbt.tests.adapter.simple_seed import fixtures, seeds
from dbt.tests.adapter.simple_seed.test_seed import (
    BaseBasicSeedTests,
    BaseSeedConfigFullRefreshOff,
    BaseSeedCustomSchema,
    BaseSeedParsing,
    BaseSeedSpecificFormats,
    BaseSeedWithEmptyDelimiter,
    BaseSeedWithUniqueDelimiter,
    BaseSeedWithWrongDelimiter,
    BaseSimpleSeedEnabledViaConfig,
    BaseSimpleSeedWithBOM,
    BaseTestEmptySeed,
)
from dbt.tests.adapter.simple_seed.test_seed_type_override import BaseSimpleSeedColumnOverride
from dbt.tests.util import run_dbt

from tests.conformance.dbt_suites.deviations import SPARK_SQL, SparkSql, deviates, on_spark

NO_CASCADE = "a full refresh of a seed leaves the views on it: Spark has no cascade"


@deviates(f"{SPARK_SQL}; {NO_CASCADE}")
class TestSeeds(SparkSql, BaseBasicSeedTests):
    def test_simple_seed_full_refresh_flag(self, project: Any) -> None:
        self._build_relations_for_test(project)
        done = run_dbt(["seed", "--full-refresh"])
        self._check_relation_end_state(run_result=done, project=project, exists=True)


@deviates(SPARK_SQL)
class TestSeedFullRefreshOff(SparkSql, BaseSeedConfigFullRefreshOff): ...


@deviates(SPARK_SQL)
class TestSeedCustomSchema(SparkSql, BaseSeedCustomSchema):
    @pytest.fixture(scope="class", autouse=True)
    def no_schema_stays(self, project: Any) -> Any:
        yield
        project.run_sql(f"drop schema if exists {project.test_schema}_custom_schema cascade")


@deviates(SPARK_SQL)
class TestSeedUniqueDelimiter(SparkSql, BaseSeedWithUniqueDelimiter): ...


@deviates(SPARK_SQL)
class TestSeedWrongDelimiter(SparkSql, BaseSeedWithWrongDelimiter): ...


@deviates(SPARK_SQL)
class TestSeedEmptyDelimiter(SparkSql, BaseSeedWithEmptyDelimiter): ...


class TestSeedEnabled(BaseSimpleSeedEnabledViaConfig): ...


@deviates(SPARK_SQL)
class TestSeedParsing(SparkSql, BaseSeedParsing): ...


@deviates(f"{SPARK_SQL}; the file is written by the test, its copy lies in dbt's repository")
class TestSeedWithByteOrderMark(SparkSql, BaseSimpleSeedWithBOM):
    @pytest.fixture(scope="class", autouse=True)
    def setUp(self, project: Any) -> None:
        project.run_sql(seeds.seeds__expected_sql)
        file = Path(project.project_root) / "seeds" / "seed_bom.csv"
        file.write_bytes(BOM_UTF8 + seeds.seed__actual_csv.encode())


@deviates("a table's name has no dots in it; the big file is made in memory")
class TestSeedFormats(BaseSeedSpecificFormats):
    @pytest.fixture(scope="class")
    def seeds(self) -> dict[str, str]:
        numbers = "\n".join(map(str, range(20_000)))
        return {"big_seed.csv": f"seed_id\n{numbers}\n", "seed_unicode.csv": seeds.seed__unicode_csv}

    def test_simple_seed(self, project: Any) -> None:
        assert len(run_dbt(["seed"])) == 2


class TestEmptySeed(BaseTestEmptySeed): ...


@deviates("Spark's names of types: a whole number is bigint")
class TestSeedColumnTypes(BaseSimpleSeedColumnOverride):
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        expected = on_spark(fixtures.properties__schema_yml).replace("type: integer", "type: bigint")
        return {"schema.yml": expected}

    @staticmethod
    def seed_enabled_types() -> dict[str, str]:
        return {"seed_id": "string", "birthday": "date"}

    @staticmethod
    def seed_tricky_types() -> dict[str, str]:
        return dict.fromkeys(("seed_id_str", "looks_like_a_bool", "looks_like_a_date"), "string")
