"""A use case and its dbt project, right as they are, that a test may spoil."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config.loading import USE_CASES
from lakeloop_stack.authoring.check import problems, write_dbt_sources

KEYS = {"household_id": "bigint", "as_of": "date"}


class Project:
    """A use case and its dbt project, to be spoilt at will."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.use_cases = folder / "dbt", folder / "use_cases"
        self.use_case: dict[str, Any] = yaml.safe_load((USE_CASES / "churn.yaml").read_text())
        del self.use_case["gate"]["behaviour"]  # it names features, which tests take away
        self.columns: dict[str, dict[str, str]] = {
            "features": {**KEYS, "days_since_purchase": "int", "_ingested_at": "timestamp"},
            "labels": {**KEYS, "churned": "int"},
            "training_set": {"age": "string", "income": "string", "household_comp": "string"},
        }
        self.enforced = {"features": True, "labels": True, "training_set": False}

    def problems(self) -> list[str]:
        models = self.folder / "models" / "churn" / "gold"
        models.mkdir(parents=True)
        self.use_cases.mkdir()
        (self.use_cases / "churn.yaml").write_text(yaml.safe_dump(self.use_case))
        (models / "_gold.yml").write_text(yaml.safe_dump({"models": [self._entry(t) for t in self.columns]}))
        for table in self.columns:
            (models / f"churn__{table}.sql").write_text("select 1")
        write_dbt_sources(self.folder)
        return problems(self.folder, self.use_cases)

    def becomes_a_regression(self) -> None:
        self.use_case["task"] = {"kind": "regression", "label": "churned", "prediction": "expected"}
        self.use_case["gate"] = {"floors": {"wape": "<= 0.3"}, "compare_by": "wape"}
        self.use_case["models"] = [{"kind": "linear"}]

    def _entry(self, table: str) -> dict[str, Any]:
        columns = [{"name": name, "data_type": kind} for name, kind in self.columns[table].items()]
        contract = {"contract": {"enforced": self.enforced.get(table, False)}}
        return {"name": f"churn__{table}", "config": contract, "columns": columns}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
