"""The model registry: versions, their aliases, and what is written on them."""

from collections.abc import Mapping
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, SCHEMA_DOES_NOT_EXIST, ErrorCode
from mlflow.tracking import MlflowClient

from lakeloop.config import UseCase
from lakeloop.lifecycle.aliases import CHALLENGER as CHALLENGER
from lakeloop.lifecycle.aliases import CHAMPION as CHAMPION
from lakeloop.lifecycle.aliases import PREVIOUS as PREVIOUS

STATUS = "validation_status"
REASON = "validation_reason"
PASSED = "passed"
REFUSED = "refused"
MODEL = "model"  # the artifact name under which training logs the model
COMPARED_WITH = "compared_with_champion"  # the champion's version that validation met, or NO_CHAMPION
NO_CHAMPION = "none"
HOLDOUT_POLICY = "holdout_policy"
LABELLED_THROUGH = "labelled_through"  # `as_of` of the newest labelled period, ISO
TRAINING_RUN, SEARCH_RUN = "training_run_id", "search_run_id"  # MLflow runs that a model comes out of
PROMOTION_ID = "promotion_id"  # ledger row whose promotion of this version is completed
# A version takes over the run's own tags, and those of its metrics that speak of the holdout, as text.
MLFLOWS_OWN = "mlflow."
FIGURES = ("holdout_", "baseline_", "simpler_", "champion_")
# Unity Catalog takes no longer tag; the whole sentences stay on the run, in decision.json.
LONGEST_TAG = 1000
SENTENCES = (REASON, "training_reason")


class NotValidatedError(RuntimeError):
    """The run carries no decision of the gate."""


class UnreadableVersionError(RuntimeError):
    """A version is registered, but its model cannot be loaded."""


def champion_version(client: MlflowClient, model: str) -> ModelVersion | None:
    """The version that scores, or None when there is none yet."""
    return _aliased(client, model, CHAMPION)


def challenger_version(client: MlflowClient, model: str) -> ModelVersion | None:
    """The newest version that passed the gate and waits for promotion, or None."""
    return _aliased(client, model, CHALLENGER)


def model_tag(client: MlflowClient, model: str, name: str) -> str | None:
    """A tag of the registered model; None without the tag or the model."""
    try:
        return client.get_registered_model(model).tags.get(name)
    except MlflowException as error:
        _raise_unless_absent(error)
        return None


def load_version(version: ModelVersion) -> Any:
    """The version's model as a pyfunc that names its inputs. Raises UnreadableVersionError with the cause."""
    name = f"version {version.version} of {version.name}"
    try:
        model = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
    except Exception as error:  # a file that is gone, a library that is too new, a pickle that is broken
        raise UnreadableVersionError(f"{name} cannot be loaded: {type(error).__name__}: {error}") from error
    if model.metadata.get_input_schema() is None:
        raise UnreadableVersionError(f"{name} has no signature, so that nobody knows which columns it needs")
    return model


def find_version(client: MlflowClient, model: str, version: str) -> ModelVersion | None:
    """That version, or None when there is no such version or model."""
    if not str(version).isdigit():  # "latest" and the like: MLflow would call that a bad request
        return None
    try:
        return client.get_model_version(model, version)
    except MlflowException as error:
        _raise_unless_absent(error)
        return None


def version_numbers(client: MlflowClient, model: str) -> list[int]:
    """The numbers of all versions, in order; empty when there is no such model."""
    return sorted(int(found.version) for found in _search(client, model))


def version_of_run(client: MlflowClient, model: str, run_id: str) -> ModelVersion | None:
    """The version that was registered from that run, or None; the oldest, should there be more."""
    found = [v.version for v in _search(client, model) if v.run_id == run_id]
    return find_version(client, model, min(found, key=int)) if found else None


def versions_of_job_run(client: MlflowClient, model: str, job_run_id: str) -> list[ModelVersion]:
    """The versions whose training was part of that Databricks run, newest first."""
    newest_first = sorted(_search(client, model), key=lambda found: int(found.version), reverse=True)
    versions = [client.get_model_version(model, str(found.version)) for found in newest_first]
    return [version for version in versions if version.tags.get("job_run_id") == job_run_id]


def last_attempt(client: MlflowClient, model: str) -> ModelVersion | None:
    """The newest version that training registered, passed or refused; None when there is none.

    Versions that were registered by hand do not say what data they knew, and are no attempts.
    """
    for number in sorted((int(found.version) for found in _search(client, model)), reverse=True):
        version = client.get_model_version(model, str(number))
        if LABELLED_THROUGH in version.tags:
            return version
    return None


def holdout_policy(use_case: UseCase) -> str:
    """On what a model is judged, as text: two verdicts under different policies cannot be compared."""
    return use_case.judged_on


def register(client: MlflowClient, model: str, run_id: str) -> ModelVersion:
    """Makes a version of the model that `run_id` logged, with the gate's decision on it; once per run.

    Refused models are registered too, so that the refusal can be looked up; only a passed one becomes
    challenger. A run that is validated again gives its version the new decision. Raises NotValidatedError when the
    gate has not decided on the run.
    """
    run = client.get_run(run_id)
    if run.data.tags.get(STATUS) not in (PASSED, REFUSED):
        raise NotValidatedError(
            f"run {run_id} has no tag {STATUS}=passed|refused; run the validate notebook on it first"
        )
    version = version_of_run(client, model, run_id) or _create(model, run)
    _refresh_tags(client, version, version_tags(run))
    if run.data.tags[STATUS] == REFUSED:
        retire_challenger(client, model, version.version)
    elif _is_newest_passed(client, model, version):
        client.set_registered_model_alias(model, CHALLENGER, version.version)
    return client.get_model_version(model, version.version)


def retire_challenger(client: MlflowClient, model: str, version: str) -> None:
    """`version` waits for promotion no longer; another challenger keeps waiting."""
    challenger = challenger_version(client, model)
    if challenger is not None and str(challenger.version) == str(version):
        client.delete_registered_model_alias(model, CHALLENGER)


def version_tags(run: Run) -> dict[str, str]:
    """What the version says about itself: decision, data, code, holdout, figures; all text."""
    tags = {name: value for name, value in run.data.tags.items() if not name.startswith(MLFLOWS_OWN)}
    tags |= {name: _cut(tags[name]) for name in SENTENCES if name in tags}
    return tags | {name: _text(value) for name, value in run.data.metrics.items() if name.startswith(FIGURES)}


def figures(tags: Mapping[str, str]) -> dict[str, float]:
    """The figures among a version's tags, as numbers."""
    numbers = {name: _number(text) for name, text in tags.items() if name.startswith(FIGURES)}
    return {name: number for name, number in numbers.items() if number is not None}


def _create(model: str, run: Run) -> ModelVersion:
    # tags go in with the version: there is no moment at which it exists without its decision
    return mlflow.register_model(f"runs:/{run.info.run_id}/{MODEL}", model, tags=version_tags(run))


def _refresh_tags(client: MlflowClient, version: ModelVersion, tags: Mapping[str, str]) -> None:
    """Write what changed: a refusal first and a pass last, so that a crash never leaves a pass without its grounds."""
    changed = {name: value for name, value in tags.items() if version.tags.get(name) != value}
    for name in sorted(changed, key=lambda name: (name == STATUS) == (tags[STATUS] == PASSED)):
        client.set_model_version_tag(version.name, version.version, name, changed[name])


def _is_newest_passed(client: MlflowClient, model: str, version: ModelVersion) -> bool:
    """A late re-run must not take the alias back from a newer challenger, nor from itself as champion, past or present.

    So a version that was rolled back does not wait for its next promotion.
    """
    if PROMOTION_ID in version.tags:
        return False
    champion, challenger = champion_version(client, model), challenger_version(client, model)
    if champion is not None and int(champion.version) >= int(version.version):
        return False
    return challenger is None or int(challenger.version) <= int(version.version)


def _search(client: MlflowClient, model: str) -> list[ModelVersion]:
    """All versions of the model, with their number and run only.

    Unity Catalog's registry leaves tags and aliases out of a search and answers with objects on which both are
    methods that raise; MLflow's own leaves out aliases. `get_model_version` tells all.
    """
    found: list[ModelVersion] = []
    page = client.search_model_versions(f"name = '{model}'")
    found.extend(page)
    while page.token:
        page = client.search_model_versions(f"name = '{model}'", page_token=page.token)
        found.extend(page)
    return found


def _aliased(client: MlflowClient, model: str, alias: str) -> ModelVersion | None:
    try:
        registered = client.get_registered_model(model)
    except MlflowException as error:
        _raise_unless_absent(error)
        return None
    version = registered.aliases.get(alias)
    return None if version is None else client.get_model_version(model, version)


def _raise_unless_absent(error: MlflowException) -> None:
    """In Unity Catalog a model's schema is made with the first publication: before that there is no model either."""
    if error.error_code not in (
        ErrorCode.Name(RESOURCE_DOES_NOT_EXIST),
        ErrorCode.Name(SCHEMA_DOES_NOT_EXIST),
    ):
        raise error


def _cut(sentences: str) -> str:
    return sentences if len(sentences) <= LONGEST_TAG else f"{sentences[: LONGEST_TAG - 4]} ..."


def _text(value: float) -> str:
    return str(int(value)) if value.is_integer() else f"{value:.6f}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
