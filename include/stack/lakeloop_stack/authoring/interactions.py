"""What a ranking asks of its table of interactions, against what the contract of its model declares."""

from pathlib import Path

from lakeloop.config import RankingUseCase

from .contracts import Contract
from .gold import contract_problems, typed


def interaction_problems(use_case: RankingUseCase, file: Path, project: Path) -> list[str]:
    """One sentence for each mistake, see :func:`lakeloop_stack.authoring.gold.contract_problems`."""

    def of_contracts(declared: dict[str, Contract]) -> list[str]:
        return list(typed(declared[use_case.models_of_tables["features"]], use_case.columns))

    return contract_problems(use_case, use_case.tables.model_dump(), file, project, of_contracts)
