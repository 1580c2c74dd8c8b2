"""What a registered version says it was made of."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.reproduction.pinning import DATA_HASHES, DETERMINED_BY, DVC, FOLDER, LOCK
from lakeloop.lifecycle.training.distributed.place import PLACE, is_distributed

NEEDED = ("code_revision", "data_versions", DATA_HASHES, DETERMINED_BY, DVC, LOCK)
COMMIT = re.compile(r"[0-9a-f]{40}")


class ReproductionError(RuntimeError):
    """A version cannot be reproduced; the message says why and what to do."""


@dataclass(frozen=True)
class PinnedVersion:
    """A version with its run's figures; `tags` holds all that is `NEEDED`."""

    model: str
    number: str
    run_id: str
    tags: Mapping[str, str]
    metrics: Mapping[str, float]

    @property
    def revision(self) -> str:
        """The commit that trained it."""
        return self.tags["code_revision"]

    def json(self, tag: str) -> dict[str, Any]:
        """The content of one of the tags that hold JSON."""
        return dict(json.loads(self.tags[tag]))


def read_version(client: MlflowClient, model: str, number: str) -> PinnedVersion:
    """The version, ready to be reproduced.

    Raises ReproductionError when there is no such version, when the workers of a cluster trained it, when it was
    registered before data were pinned, or when no commit holds the files that trained it.
    """
    found = registry.find_version(client, model, number)
    if found is None:
        raise ReproductionError(f"model {model} has no version {number!r}; {_there(client, model)}")
    _require_one_machine(found)
    missing = [tag for tag in NEEDED if tag not in found.tags]
    if missing:
        raise ReproductionError(
            f"version {number} of {model} lacks {', '.join(missing)}: it was registered by hand, or trained before "
            "data and lock were pinned. Only a version that the train DAG made since can be reproduced."
        )
    _require_commit(found)
    metrics = client.get_run(str(found.run_id)).data.metrics
    return PinnedVersion(model, str(number), str(found.run_id), found.tags, metrics)


def _require_one_machine(found: ModelVersion) -> None:
    if not is_distributed(found.tags):
        return
    raise ReproductionError(
        f"version {found.version} of {found.name} was trained on {found.tags[PLACE]} of a cluster (tag {PLACE}). It is "
        "not trained again on one machine: its figures would differ within the tolerance of "
        "docs/distributed-training.md. Its rows and recipe are pinned: check out commit "
        f"{found.tags.get('code_revision', 'unknown')}, bring the rows with `dvc pull` and {FOLDER}/snapshot.dvc of "
        f"run {found.run_id}, and train them on a job cluster with as many workers."
    )


def _require_commit(found: ModelVersion) -> None:
    revision = found.tags["code_revision"]
    if COMMIT.fullmatch(revision):
        return
    held = "it had changes that were not committed" if revision.endswith("-dirty") else "it was no git clone"
    raise ReproductionError(
        f"version {found.version} of {found.name} was trained by code revision {revision}, which no commit holds: "
        f"{held}. Commit, deploy and train again; that version can be reproduced."
    )


def _there(client: MlflowClient, model: str) -> str:
    numbers = registry.version_numbers(client, model)
    return f"there are {', '.join(map(str, numbers))}" if numbers else "it has none yet: train one first"
