"""Pins what a training is made of, before it trains: the rows, the raw files, and by which code and lock."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mlflow
import pandas as pd

from lakeloop.config import EventSource, FileSource, LabelledUseCase, Target
from lakeloop.config.use_case.task import Model
from lakeloop.lifecycle.reproduction import snapshot
from lakeloop.lifecycle.reproduction.digest import digest
from lakeloop.lifecycle.reproduction.landing import PinnedLanding, pin_landing
from lakeloop.lifecycle.reproduction.recipe import FILE, Recipe, determined_by
from lakeloop.lifecycle.reproduction.remote import Remote, Tree
from lakeloop.lifecycle.session import lock_hash
from lakeloop.lifecycle.training.parts import known
from lakeloop.lifecycle.training.splits import TimeSplit

FOLDER = "reproduce"  # of a run's artifacts: the recipe and DVC's documents
SNAPSHOT, LANDING = "snapshot", "landing"
# Tags of run and version.
DATA_HASHES, DVC, LOCK, DETERMINED_BY = "data_hashes", "dvc", "lock_hash", "determined_by"


@dataclass(frozen=True)
class Pinned:
    """What one training is made of; all its models share it."""

    use_case: LabelledUseCase
    split: TimeSplit
    features: tuple[str, ...]
    snapshot: Tree
    landing: PinnedLanding
    hashes: Mapping[str, str]
    seconds: float

    @property
    def tags(self) -> dict[str, str]:
        """For the run; a version takes them over."""
        kept = {SNAPSHOT: self.snapshot.md5, LANDING: self.landing.tree.md5 if self.landing.tree else None}
        tags = {DVC: json.dumps(kept, sort_keys=True), LOCK: lock_hash()}
        return tags | ({DATA_HASHES: json.dumps(self.hashes, sort_keys=True)} if self.hashes else {})

    @property
    def documents(self) -> dict[str, str]:
        """DVC's documents by file name."""
        found = {f"{SNAPSHOT}.dvc": self.snapshot.document(SNAPSHOT)}
        if self.landing.tree:
            found[f"{LANDING}.dvc"] = self.landing.tree.document(LANDING)
        return found

    def log(self, name: str, model: Model, params: Mapping[str, Any]) -> None:
        """Put under the current run what trains this one model again.

        Args:
            model: as the use case's YAML, or a search, has it.
            params: what it was trained with in the end.
        """
        recipe = Recipe.of(self.use_case, name, model, self.features, self.split)
        mlflow.log_text(recipe.model_dump_json(indent=1), f"{FOLDER}/{FILE}")
        for file, text in self.documents.items():
            mlflow.log_text(text, f"{FOLDER}/{file}")
        mlflow.set_tag(DETERMINED_BY, json.dumps(determined_by(params), sort_keys=True))

    def __str__(self) -> str:
        landing = self.landing
        raw = f"{landing.tree.files:,} raw files" if landing.tree else f"no raw file in {landing.uri}"
        return (
            f"pinned in {self.seconds:.1f} s: {self.snapshot.size / 1e6:,.1f} MB of rows, {raw} "
            f"({landing.copied / 1e6:,.1f} MB of them new)"
        )


def pin(
    remote: Remote,
    target: Target,
    source: FileSource | EventSource,
    use_case: LabelledUseCase,
    frame: pd.DataFrame,
    history: pd.DataFrame | None,
    features: Sequence[str],
    split: TimeSplit,
    months: Iterable[snapshot.Month] | None = None,
) -> Pinned:
    """Keep the rows of a training, and what has landed of its source, in the DVC remote. Raises RemoteDownError.

    Args:
        frame, history: what :mod:`lakeloop.lifecycle.training.data` read.
        features: in the order in which the models take them.
        months: all rows of the training set, where `frame` is too small for them. Then no rows are hashed but as files.
    """
    began = time.monotonic()
    landing = _pin_raw(remote, target, source)
    rows = snapshot.by_month(frame, use_case.period.column) if months is None else months
    kept = remote.put_files(snapshot.files(use_case, rows, history))
    hashes = data_hashes(use_case, frame, features, split) if months is None else {}
    return Pinned(use_case, split, tuple(features), kept, landing, hashes, time.monotonic() - began)


def _pin_raw(remote: Remote, target: Target, source: FileSource | EventSource) -> PinnedLanding:
    """Files are kept one by one; events are in bronze as they arrived, and Kafka forgets them."""
    if isinstance(source, EventSource):
        return PinnedLanding(source.schema("bronze"), None, 0)
    return pin_landing(remote, target.landing_uri(source))


def data_hashes(
    use_case: LabelledUseCase, frame: pd.DataFrame, features: Sequence[str], split: TimeSplit
) -> dict[str, str]:
    """Digest of the rows that trained, of those that judge, and of all rows as the models see them."""
    return {
        "training": digest(split.train.rows(frame)),
        "holdout": digest(split.holdout.rows(frame)),
        "features": digest(known(frame, features, use_case.task)[0]),
    }
