"""What a ranking asks of its table of interactions, against what the contract of its model declares."""

from pathlib import Path

from lakeloop.config import ConfigError, RankingUseCase

from .contracts import contracts
from .gold import missing_models, typed


def interaction_problems(use_case: RankingUseCase, file: Path, project: Path) -> list[str]:
    """One sentence for each mistake; a model that is missing is told alone.

    Args:
        file: the use case's YAML file.
        project: the dbt project's folder.
    """
    try:
        declared = contracts(project, use_case)
    except ConfigError as error:
        return [str(error)]
    missing = list(missing_models(use_case, use_case.tables.model_dump(), file, project, declared))
    return missing or list(typed(declared[use_case.models_of_tables["features"]], use_case.columns))
