"""``lakeloop new source`` and ``lakeloop new use-case``: what is not given as a flag is asked for on a terminal."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

new = typer.Typer(name="new", help="Draw up a source or a use case from sample files.", no_args_is_help=True)

Files = Annotated[
    list[Path], typer.Option("--from", help="A sample file: JSON lines, CSV or Parquet, .gz too.")
]
Keys = Annotated[
    list[str] | None, typer.Option("--key", help="TABLE=COLUMN[,COLUMN]: what makes a row unique.")
]
EventTimes = Annotated[
    list[str] | None, typer.Option("--event-time", help="TABLE=COLUMN: when a row happened.")
]
Owner = Annotated[str, typer.Option(help="Who answers for it.")]
Timezone = Annotated[str, typer.Option(help="IANA name, e.g. Europe/Berlin.")]


@new.command()
def source(
    name: Annotated[str, typer.Argument(help="Name of the source, as in SQL.")],
    files: Files,
    key: Keys = None,
    event_time: EventTimes = None,
    owner: Owner = "data-engineering",
    timezone: Timezone = "UTC",
) -> None:
    """Write include/sources/NAME.yaml: tables, columns with types, keys and event time, as the samples show them."""
    from ..authoring.drafts import SourceDraft
    from ..authoring.existing import require_new_source
    from ..authoring.writing import source_files, write

    root = _root()
    require_new_source(name, root)
    draft = SourceDraft(name, _samples(files, key, event_time, None, root), owner, timezone)
    _wrote(write(source_files(draft, root)), f"lakeloop deliver {name} FILE... --date DAY")


@new.command()
def use_case(
    name: Annotated[str, typer.Argument(help="Name of the use case, as in SQL.")],
    files: Files,
    source: Annotated[
        str | None, typer.Option(help="An existing source; default: a new one, called NAME.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="COLUMN[,COLUMN]: what a prediction is about.")] = None,
    period: Annotated[str | None, typer.Option(help="hour, day, week or month.")] = None,
    events: Annotated[str | None, typer.Option(help="The table whose rows are events.")] = None,
    predict: Annotated[str, typer.Option(help="total (of --measure) or inactivity.")] = "total",
    measure: Annotated[
        str | None, typer.Option(help="Column to add up; default: events are counted.")
    ] = None,
    active: Annotated[
        int | None, typer.Option(min=1, help="Periods back that make an entity active.")
    ] = None,
    horizon: Annotated[int | None, typer.Option(min=1, help="Periods ahead that are predicted.")] = None,
    first: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of period 0.")
    ] = None,
    key: Keys = None,
    event_time: EventTimes = None,
    owner: Owner = "data-science",
    timezone: Timezone = "UTC",
) -> None:
    """Write a use case, its dbt models with contracts and tests, and a first set of features."""
    from ..authoring.drafts import PREDICTIONS, RHYTHMS, SourceDraft, draft_use_case, one_of
    from ..authoring.writing import source_files, use_case_files, write

    root = _root()
    _require_new(name, source, root)
    samples = _samples(files, key, event_time, source, root)
    columns = ", ".join(column for sample in samples if sample.event_time for column in sample.columns)
    asked = _answer("--entity", entity, f"What is a prediction about? Columns are {columns}")
    draft = draft_use_case(
        name,
        source or name,
        samples,
        tuple(asked.split(",")),
        one_of("--period", _answer("--period", period, "How long is a period?", "day"), RHYTHMS),
        events=events,
        measure=measure,
        predicts=one_of("--predict", predict, PREDICTIONS),
        first=first.date() if first else None,
        timezone=timezone,
        active=active,
        horizon=horizon,
        owner=owner,
    )
    drawn = use_case_files(draft, root)
    if source is None:
        drawn = {**source_files(SourceDraft(name, samples, owner, timezone), root), **drawn}
    _wrote(write(drawn), f"lakeloop check && lakeloop run --use-case {name}")


def _require_new(name: str, source: str | None, root: Path) -> None:
    """Before a file is read or anything is asked: names are free, and a source that was named is there."""
    from ..authoring.existing import existing_source, require_new_source, require_new_use_case

    require_new_use_case(name, root)
    if source is None:
        instead = f"give --source {name} to share that source, choose another name, or remove it first"
        require_new_source(name, root, instead)
    else:
        existing_source(source, root)


def _samples(
    files: list[Path], keys: list[str] | None, event_times: list[str] | None, source: str | None, root: Path
) -> Any:
    """One a table; of a source that is there as its YAML has them."""
    from ..authoring.existing import as_in_source, existing_source
    from ..authoring.samples import read_samples

    samples = read_samples(files, _by_table("--key", keys), _by_table("--event-time", event_times))
    return samples if source is None else as_in_source(samples, existing_source(source, root))


def _by_table(flag: str, given: list[str] | None) -> dict[str, tuple[str, ...]]:
    """``{"orders": ("id", "line")}`` for ``orders=id,line``."""
    pairs = {}
    for text in given or ():
        table, equals, columns = text.partition("=")
        if not (table and equals and columns):
            raise typer.BadParameter(f"{text!r}: expected TABLE=COLUMN[,COLUMN]", param_hint=flag)
        pairs[table] = tuple(columns.split(","))
    return pairs


def _answer(flag: str, given: str | None, question: str, proposed: str | None = None) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"missing. {question}", param_hint=flag)
    return str(typer.prompt(question, default=proposed))


def _root() -> Path:
    from ..machine.settings import ROOT

    return ROOT


def _wrote(files: list[Path], then: str) -> None:
    for file in files:
        typer.echo(f"wrote {file.relative_to(_root())}")
    typer.echo(f"Read them once; then: {then}")
