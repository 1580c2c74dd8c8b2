"""Where a model comes from: what its run, and so its version, carries; nothing is told that is not recorded there."""

import json
from collections.abc import Mapping

from lakeloop.lifecycle.evaluation.advantage import TRAINED_THROUGH
from lakeloop.lifecycle.registry import SEARCH_RUN, TRAINING_RUN
from lakeloop.lifecycle.report.findings import Judged
from lakeloop.lifecycle.reproduction.pinning import (
    DATA_HASHES,
    DETERMINED_BY,
    DVC,
    LANDING,
    LOCK,
    SNAPSHOT,
)
from lakeloop.lifecycle.training.distributed.place import PLACE, REASON

NOT_RECORDED = "not recorded"
HASHED = {
    "training": "rows that trained, SHA-256",
    "holdout": "rows of the holdout, SHA-256",
    "features": "all rows as models see them, SHA-256",
}
KEPT = {SNAPSHOT: "rows in the DVC remote, MD5", LANDING: "raw files in the DVC remote, MD5"}
DECIDING = {"seed": "seed", "threads": "threads", "python": "Python", "machine": "processor"}
TRAINING = {
    "fit": "fit on",
    "early_stopping": "early stopping on",
    TRAINED_THROUGH: "trained through",
    "holdout": "judged on (holdout)",
    "training_reason": "trained because",
    PLACE: "trained on",
    REASON: "trained there because",
}
CODE = {"code_revision": "code revision", LOCK: "lock, SHA-256", "target": "target"}
PARENTS = {TRAINING_RUN: "training run", SEARCH_RUN: "search run", "job_run_id": "workflow run"}


def origin(judged: Judged, looked_at: str = "") -> dict[str, str]:
    """All of it, by what it is; `looked_at`: see `Findings`."""
    return tables(judged) | data(judged) | training(judged, looked_at) | making(judged)


def tables(judged: Judged) -> dict[str, str]:
    """The Delta version of each table that was read."""
    versions = _document(judged, "data_versions")
    return {f"table {table}": f"Delta version {version}" for table, version in sorted(versions.items())}


def data(judged: Judged) -> dict[str, str]:
    """Hashes of the rows, and of what DVC keeps of them."""
    hashes, kept = _document(judged, DATA_HASHES), _document(judged, DVC)
    return _named(HASHED, hashes) | _named(KEPT, kept)


def training(judged: Judged, looked_at: str = "") -> dict[str, str]:
    """Which periods trained and judged, why, and where."""
    found = _named(TRAINING, judged.tags)
    return found | ({"checks looked at": looked_at} if looked_at else {})


def making(judged: Judged) -> dict[str, str]:
    """By which code, lock, seed and machine, and out of which runs."""
    met = judged.decision.champion.version
    return {
        **_named(CODE, judged.tags),
        **_named(DECIDING, _document(judged, DETERMINED_BY)),
        "MLflow run": judged.run_id,
        **_named(PARENTS, judged.tags),
        "compared with champion": f"version {met}" if met else "there was none",
    }


def _document(judged: Judged, tag: str) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(judged.tags.get(tag) or "{}")
    return found


def _named(names: Mapping[str, str], found: Mapping[str, object]) -> dict[str, str]:
    """By its name in words; what is missing is said to be."""
    return {name: _text(key, found) for key, name in names.items()}


def _text(key: str, found: Mapping[str, object]) -> str:
    if (
        key in found and found[key] is None
    ):  # a model that draws nothing has no seed, an empty landing folder no hash
        return "none"
    if key == SEARCH_RUN and key not in found:
        return "none: its parameters are those of the use case"
    return str(found.get(key) or NOT_RECORDED)
