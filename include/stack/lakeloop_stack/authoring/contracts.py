"""The contracts of a use case's gold models, as dbt's YAML files declare them: where each feature is declared, once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lakeloop.config import UseCase


@dataclass(frozen=True)
class Contract:
    """One model's entry in a YAML file of the dbt project; `columns` is name to type, None when undeclared."""

    file: Path
    model: str
    enforced: bool
    columns: dict[str, str | None]


def models_folder(project: Path, use_case: UseCase) -> Path:
    """Where the models of a use case lie."""
    return project / "models" / use_case.name


def contracts(project: Path, use_case: UseCase) -> dict[str, Contract]:
    """By model name, all that the use case's YAML files declare."""
    found = [
        _contract(file, entry)
        for file in sorted(models_folder(project, use_case).rglob("*.yml"))
        for entry in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("models", [])
    ]
    return {contract.model: contract for contract in found}


def _contract(file: Path, entry: dict[str, Any]) -> Contract:
    columns = {column["name"]: column.get("data_type") for column in entry.get("columns", [])}
    config = {**entry.get("config", {}), **({"contract": entry["contract"]} if "contract" in entry else {})}
    return Contract(file, entry["name"], bool(config.get("contract", {}).get("enforced")), columns)
