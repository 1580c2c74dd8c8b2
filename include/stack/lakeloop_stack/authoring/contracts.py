"""The contracts of a use case's gold models, as dbt's YAML files declare them: where each feature is declared, once."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lakeloop.config import ConfigError, UseCase
from lakeloop.config.yaml_file import read_yaml


class ContractError(ConfigError):
    """A YAML file of the dbt project holds something else than dbt expects; the message names file and key."""


@dataclass(frozen=True)
class About:
    """What a column says of itself; `group`: the columns that are computed together, and whose cost is one."""

    description: str = ""
    owner: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Contract:
    """One model's entry in a YAML file of the dbt project; `columns` is name to type, None when undeclared."""

    file: Path
    model: str
    enforced: bool
    columns: dict[str, str | None]
    about: dict[str, About] = field(default_factory=dict)


def models_folder(project: Path, use_case: UseCase) -> Path:
    """Where the models of a use case lie."""
    return project / "models" / use_case.name


def contracts(project: Path, use_case: UseCase) -> dict[str, Contract]:
    """By model name, all that the use case's YAML files declare. Raises ConfigError."""
    files = [
        file for ending in ("yml", "yaml") for file in models_folder(project, use_case).rglob(f"*.{ending}")
    ]
    found = [_contract(file, model) for file in sorted(files) for model in _read(file).models or []]
    return {contract.model: contract for contract in found}


def _read(file: Path) -> "_File":
    try:
        return _File.model_validate(read_yaml(file) or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ContractError(
            f"{file}: {place}: {first['input']!r}: {first['msg']}, as dbt expects it"
        ) from error


def _contract(file: Path, model: "_Model") -> Contract:
    contract = (model.config and model.config.contract) or model.contract
    columns = {column.name: column.data_type for column in model.columns or []}
    about = {column.name: column.about for column in model.columns or []}
    return Contract(file, model.name, bool(contract and contract.enforced), columns, about)


class _Enforced(BaseModel):
    enforced: bool = False


class _Settings(BaseModel):
    contract: _Enforced | None = None


class _Meta(BaseModel):
    owner: str | None = None
    group: str | None = None


class _ColumnSettings(BaseModel):
    meta: _Meta | None = None


class _Column(BaseModel):
    name: str
    data_type: str | None = None
    description: str | None = None
    config: _ColumnSettings | None = None

    @property
    def about(self) -> About:
        meta = (self.config and self.config.meta) or _Meta()
        return About((self.description or "").strip(), meta.owner, meta.group)


class _Model(BaseModel):
    name: str
    config: _Settings | None = None
    contract: _Enforced | None = None
    columns: list[_Column] | None = None


class _File(BaseModel):
    """The part of a dbt YAML file that is looked at; there may be more in it."""

    models: list[_Model] | None = None
