"""``lakeloop rollback``, ``history`` and ``rescore``: who is champion, who was, and back to that."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from .look import UseCaseName

if TYPE_CHECKING:
    from lakeloop.config import Target, UseCase
    from lakeloop.lifecycle.deployment.bad_nights import BadNight
    from lakeloop.lifecycle.deployment.ledger import LedgerRow
    from lakeloop.lifecycle.sql import Run

TargetName = Annotated[
    str, typer.Option("--target", help="An entry of targets.yaml.", envvar="LAKELOOP_TARGET")
]


def rollback(
    use_case: UseCaseName,
    reason: Annotated[str, typer.Option(help="Goes into the ledger.")],
    to: Annotated[
        str | None, typer.Option(help="An earlier champion; default: the one that served before.")
    ] = None,
    who: Annotated[str | None, typer.Option(help="Goes into the ledger; default: you.")] = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Score the nights again that the bad version scored.")
    ] = False,
    target: TargetName = "local",
) -> None:
    """Make an earlier champion champion again, after it has shown that it can score.

    Where an endpoint decides on events it answers with that version before this returns; alias and ledger follow.
    """
    loaded, at = _loaded(use_case, target)
    if not recompute and _switched(loaded, at, reason, to, who or f"{getpass.getuser()} (command line)"):
        return
    from mlflow import MlflowClient

    from lakeloop.lifecycle.deployment import rollback as lifecycle
    from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
    from lakeloop.lifecycle.deployment.probe import probe
    from lakeloop.lifecycle.deployment.served import in_scores

    if recompute:
        _require_airflow(loaded, at)
    with _warehouse(at) as run:
        ledger, model = ledger_of(run, loaded), at.model_name(loaded)
        done = lifecycle.rollback(
            MlflowClient(),
            ledger,
            model,
            lifecycle.RollbackRequest(who or f"{getpass.getuser()} (command line)", reason, to),
            lambda: in_scores(run, loaded),
            lambda version: probe(run, loaded, version),
        )
        typer.echo(done)
        nights = _bad_nights(run, loaded, ledger.rows(model))
    _settle(loaded, at)
    _score_again(loaded, at, nights, done.row.to_version, recompute)


def repair(use_case: UseCaseName, target: TargetName = "local") -> None:
    """Carry out what was cut off between endpoint, ledger and alias; does nothing when they agree."""
    from mlflow import MlflowClient

    from lakeloop.lifecycle.deployment import alias
    from lakeloop.lifecycle.deployment.delta_ledger import ledger_of

    loaded, at = _loaded(use_case, target)
    with _warehouse(at) as run:
        typer.echo(
            alias.repair(MlflowClient(), ledger_of(run, loaded), at.model_name(loaded)) or "they agree"
        )
    _settle(loaded, at)


def rescore(
    use_case: UseCaseName,
    yes: Annotated[
        bool, typer.Option("--yes", help="Start it; without, only say what would be done.")
    ] = False,
    target: TargetName = "local",
) -> None:
    """Score the nights again that the version scored which the last rollback went away from."""
    from mlflow import MlflowClient

    from lakeloop.lifecycle.deployment import alias
    from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
    from lakeloop.lifecycle.deployment.rollback import rolled_back_from

    loaded, at = _loaded(use_case, target)
    with _warehouse(at) as run:
        rows = ledger_of(run, loaded).rows(at.model_name(loaded))
        if rolled_back_from(rows) is None:
            typer.echo(f"{at.model_name(loaded)} was never rolled back: there is nothing to score again.")
            return
        nights = _bad_nights(run, loaded, rows)
        champion = alias.champion(MlflowClient(), at.model_name(loaded))
    _score_again(loaded, at, nights, str(champion), yes)


def history(
    use_case: UseCaseName,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    target: TargetName = "local",
) -> None:
    """Show every proposal, refusal, promotion, outside change and rollback, oldest first."""
    from mlflow import MlflowClient

    from lakeloop.lifecycle.deployment import alias
    from lakeloop.lifecycle.deployment.delta_ledger import ledger_of

    from .history import as_text, print_table

    loaded, at = _loaded(use_case, target)
    with _warehouse(at) as run:
        rows = ledger_of(run, loaded).rows(at.model_name(loaded))
        champion = alias.champion(MlflowClient(), at.model_name(loaded))
    if as_json:
        typer.echo(as_text(at.model_name(loaded), champion, rows))
    else:
        print_table(at.model_name(loaded), champion, rows)


def _loaded(use_case: str, target: str) -> "tuple[UseCase, Target]":
    from lakeloop.config import load_target, load_use_case

    return load_use_case(use_case), load_target(target)


def _switched(use_case: "UseCase", target: "Target", reason: str, to: str | None, who: str) -> bool:
    from .instant import switched

    return switched(use_case, target, reason, to, who)


def _settle(use_case: "UseCase", target: "Target") -> None:
    from .instant import settle

    settle(use_case, target)


def _warehouse(target: "Target"):  # type: ignore[no-untyped-def]
    from .warehouse import warehouse_of

    return warehouse_of(target)


def _bad_nights(run: "Run", use_case: "UseCase", rows: "list[LedgerRow]") -> "list[BadNight]":
    """Of the last rollback; none before the first."""
    from lakeloop.lifecycle.deployment.bad_nights import of_rollback
    from lakeloop.lifecycle.deployment.rollback import rolled_back_from

    found = rolled_back_from(rows)
    return of_rollback(run, use_case, *found, datetime.now(UTC)) if found else []


def _require_airflow(use_case: "UseCase", target: "Target") -> None:
    """Before anything changes: a command that fails after the switch would be given again."""
    from .rescore import airflow_of

    airflow_of(use_case, target)


def _score_again(
    use_case: "UseCase", target: "Target", nights: "list[BadNight]", version: str, now: bool
) -> None:
    """Start a run of the score DAG for each night, or say by which parameters a person does."""
    from .rescore import say_nights, start_nights

    say_nights(use_case, nights, version)
    if now and nights:
        start_nights(use_case, target, nights, version)
