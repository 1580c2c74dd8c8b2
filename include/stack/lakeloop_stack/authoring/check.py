"""Everything that is wrong with sources, use cases and the contracts of their models, before anything runs."""

from collections.abc import Iterator
from pathlib import Path

from lakeloop.config import (
    LabelledUseCase,
    RankingUseCase,
    Source,
    UseCase,
    configuration_errors,
    load_source,
    valid_sources,
    valid_use_cases,
)
from lakeloop.config.dbt import dbt_sources
from lakeloop.config.loading import SOURCES, USE_CASES, names
from lakeloop.config.use_case.task import XGBoost

from .gold import gold_problems
from .history import history_problems
from .interactions import interaction_problems

READ_BY_DBT = (".sql", ".yml", ".yaml")


def problems(project: Path, use_cases: Path = USE_CASES, sources: Path = SOURCES) -> list[str]:
    """One sentence for each mistake: file, key, value, what is allowed, and the nearest name.

    Args:
        project: the dbt project's folder.
    """
    found = configuration_errors(use_cases, sources)
    found += [
        f"{file}: does not say what {sources / source.name}.yaml says; `lakeloop check --write` makes it anew"
        for source, file in dbt_sources_files(project, sources)
        if not file.exists() or file.read_text(encoding="utf-8") != dbt_sources(source)
    ]
    found += _leftovers(project, use_cases, sources)
    for use_case in valid_use_cases(use_cases, sources):
        found += _of_use_case(use_case, use_cases / f"{use_case.name}.yaml", project, sources)
    return [line for problem in found for line in problem.splitlines()]


def dbt_sources_files(project: Path, sources: Path = SOURCES) -> list[tuple[Source, Path]]:
    """Where dbt reads of each valid source; made from the source's YAML."""
    folder = project / "models" / "sources"
    return [(source, folder / f"_{source.name}.yml") for source in valid_sources(sources)]


def write_dbt_sources(project: Path, sources: Path = SOURCES) -> None:
    """Make what dbt reads of the sources anew."""
    for source, file in dbt_sources_files(project, sources):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dbt_sources(source), encoding="utf-8")


def _leftovers(project: Path, use_cases: Path, sources: Path) -> Iterator[str]:
    """What dbt would still read although the YAML file that it belongs to is gone; a wrong YAML file is not gone."""
    for file in sorted((project / "models" / "sources").glob("_*.y*ml")):
        source = file.stem.removeprefix("_")
        if source not in names(sources):
            yield f"{file}: there is no {sources / source}.yaml; delete this file, or bring the source back"
    for folder in sorted((project / "models").glob("*")):
        is_read = any(file.suffix in READ_BY_DBT for file in folder.rglob("*"))
        if is_read and folder.name not in (*names(use_cases), "sources"):
            yield (
                f"{folder}: there is no {use_cases / folder.name}.yaml; delete this folder, or bring the use case back"
            )


def _of_use_case(use_case: UseCase, file: Path, project: Path, sources: Path) -> list[str]:
    found = [*_event_times(use_case, file, sources), *history_problems(use_case, file)]
    if isinstance(use_case, RankingUseCase):
        return found + interaction_problems(use_case, file, project)
    assert isinstance(use_case, LabelledUseCase)
    return [*found, *_models(use_case, file), *gold_problems(use_case, file, project)]


def _event_times(use_case: UseCase, file: Path, sources: Path) -> Iterator[str]:
    """dbt asks the tables with an event time whether a period is over."""
    if not any(table.event_time for table in load_source(use_case.source, sources).tables.values()):
        yield (
            f"{file}: source: no table of {use_case.source!r} has an event_time, so that no period would ever be over; "
            f"set that of a table in {sources / use_case.source}.yaml"
        )


def _models(use_case: LabelledUseCase, file: Path) -> Iterator[str]:
    """Parameters of trees, as training would refuse them."""
    for place, model in enumerate(use_case.models):
        if isinstance(model, XGBoost):
            from lakeloop.lifecycle.training.trees import complete  # takes a second; others need not wait

            try:
                complete(model.params, use_case.task.kind)
            except ValueError as error:  # XGBoost's own have a stack trace behind the first line
                yield f"{file}: models.{place}: {str(error).splitlines()[0]}"
