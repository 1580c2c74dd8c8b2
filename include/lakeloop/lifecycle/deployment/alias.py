"""The alias `champion` and the ledger say the same: a change is written down, then carried out, then marked as done.

Order: the ledger row, then the alias, then the row's id as a tag of the version. A row whose version lacks that tag was
cut off in between; whoever starts next (promote, rollback, register, score, the task `champion` of a night) carries it
out before anything else. An alias that is neither where the row found it nor where it leads was moved by something
else: that is written down as an outside change, and never undone.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.deployment.instant import PENDING, Note, note_from
from lakeloop.lifecycle.deployment.ledger import (
    NONE,
    OUTSIDE_CHANGE,
    ROLLBACK,
    Ledger,
    LedgerMovedError,
    LedgerRow,
    again_when_moved,
    following,
    last_change,
)

OUTSIDE_WHO = "unknown: not by lakeloop"
OUTSIDE_WHY = "the alias champion was moved in the model registry itself"
DELETED_WHY = "version {} was deleted in the model registry itself"


@dataclass(frozen=True)
class Repair:
    """`completed`: a change that had been cut off is carried out now; `noted`: an outside change is written down."""

    outcome: Literal["completed", "noted"]
    row: LedgerRow

    def __str__(self) -> str:
        said = "completed" if self.outcome == "completed" else "noted"
        before = self.row.from_version or NONE
        return f"{said}: {self.row.event} of {self.row.model} {before} -> {self.row.to_version}"


@again_when_moved
def repair(client: MlflowClient, ledger: Ledger, model: str) -> Repair | None:
    """Makes alias and ledger agree; None when they did. Whatever changes either begins with this."""
    noted = registry.model_tag(client, model, PENDING)
    if noted is not None:
        _adopt(client, ledger, model, note_from(noted))
    repaired = _agree(client, ledger, model)
    if noted is not None:
        client.delete_registered_model_tag(model, PENDING)
    return repaired


def _adopt(client: MlflowClient, ledger: Ledger, model: str, note: Note) -> None:
    """Writes down a rollback that the endpoint has made already, unless the champion has moved on since."""
    rows = ledger.rows(model)
    last = last_change(rows)
    written = any(row.promotion_id == note.id for row in rows)
    moved_on = last is not None and last.champion != note.from_version
    version = registry.find_version(client, model, note.to_version)
    if written or moved_on or version is None:
        return
    row = LedgerRow(
        promotion_id=note.id,
        who=note.who,
        why=note.why,
        from_version=note.from_version,
        event=ROLLBACK,
        probe=note.proof or "the endpoint was told, and was cut off before it was asked for proof",
        **made_of(version),
    )
    ledger.append(following(rows, row))


def _agree(client: MlflowClient, ledger: Ledger, model: str) -> Repair | None:
    rows, present = ledger.rows(model), champion(client, model)
    last = last_change(rows)
    known = last.champion if last else None
    if last is not None and _cut_off(client, last):
        if present in (last.from_version, last.champion):
            carry_out(client, ledger, last)
            return Repair("completed", last)
        known = last.from_version
    if present == known:
        return None
    row = following(rows, _outside_row(client, model, known, present))
    ledger.append(row)
    return Repair("noted", row)


def champion(client: MlflowClient, model: str) -> str | None:
    """The number of the version behind the alias, as the registry says now."""
    version = registry.champion_version(client, model)
    return str(version.version) if version else None


def agreed(client: MlflowClient, ledger: Ledger, model: str) -> tuple[list[LedgerRow], str | None]:
    """All rows and the present champion, on which a change may be decided.

    Raises LedgerMovedError while another process stands between its row and the alias.
    """
    rows = ledger.rows(model)  # first: what is appended after this makes the decision void
    present, last = champion(client, model), last_change(rows)
    if present != (last.champion if last else None):
        raise LedgerMovedError(
            f"champion of {model} is {present or NONE}, and the ledger ends with {last.to_version if last else NONE}: "
            "another process is changing it; run again"
        )
    return rows, present


def carry_out(client: MlflowClient, ledger: Ledger, row: LedgerRow) -> None:
    """Moves the alias to where `row` of the ledger leads; repeating it changes nothing.

    When another process went on from there in the meantime (this one was asleep), the alias is put back to where the
    ledger leads by now.
    """
    if row.from_version and registry.find_version(client, row.model, row.from_version):
        # first: at no moment is the version that served without a name, and an endpoint would unload it
        client.set_registered_model_alias(row.model, registry.PREVIOUS, row.from_version)
    client.set_registered_model_alias(row.model, registry.CHAMPION, row.to_version)
    registry.retire_challenger(client, row.model, row.to_version)
    client.set_model_version_tag(row.model, row.to_version, registry.PROMOTION_ID, row.promotion_id)
    last = last_change(ledger.rows(row.model))
    if last is not None and last.promotion_id != row.promotion_id and last.champion:
        client.set_registered_model_alias(row.model, registry.CHAMPION, last.champion)


def made_of(version: ModelVersion) -> dict[str, Any]:
    """What a row says of its version."""
    return {
        "model": version.name,
        "to_version": str(version.version),
        "run_id": version.run_id,
        "data_versions": version.tags.get("data_versions"),
        "code_revision": version.tags.get("code_revision"),
        "metrics": json.dumps(registry.figures(version.tags), sort_keys=True),
        "gate_reason": version.tags.get(registry.REASON),
    }


def _cut_off(client: MlflowClient, row: LedgerRow) -> bool:
    """Whether the change that `row` speaks of did not come to its end; of a version that is gone nobody can say."""
    if row.event == OUTSIDE_CHANGE:
        return False
    version = registry.find_version(client, row.model, row.to_version)
    return version is not None and version.tags.get(registry.PROMOTION_ID) != row.promotion_id


def _outside_row(client: MlflowClient, model: str, known: str | None, present: str | None) -> LedgerRow:
    version = registry.champion_version(client, model) if present else None
    of_version = made_of(version) if version else {"model": model, "to_version": NONE}
    gone = known is not None and registry.find_version(client, model, known) is None
    why = DELETED_WHY.format(known) if gone else OUTSIDE_WHY
    return LedgerRow(who=OUTSIDE_WHO, why=why, from_version=known, event=OUTSIDE_CHANGE, **of_version)
