"""``lakeloop card``: the model card of a registered version."""

from typing import TYPE_CHECKING

from lakeloop.config import Target, UseCase, load_use_case

from ..services.environment import LOCAL
from .local import named_target, use_the_stack

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion


class NoVersionError(LookupError):
    """The model has no such version."""


def card_of(use_case_name: str, version: str | None, as_html: bool, target_name: str | None) -> str:
    """The card as Markdown or as a page; of the champion when no version is named.

    Raises NoVersionError, NoCardError for a version that was not validated since there are cards, and
    StackError when the local stack is not up.
    """
    use_case = load_use_case(use_case_name)
    target = named_target(target_name)
    if target.name == LOCAL:
        use_the_stack()
    from lakeloop.lifecycle.report import card
    from lakeloop.lifecycle.report.writing import read_card
    from lakeloop.lifecycle.session import use_mlflow

    use_mlflow(target.mlflow)
    return read_card(find_version(use_case, target, version), card.HTML if as_html else card.MARKDOWN)


def find_version(use_case: UseCase, target: Target, version: str | None) -> "ModelVersion":
    """That version, or the champion. Raises NoVersionError."""
    from mlflow import MlflowClient

    from lakeloop.lifecycle import registry

    client, model = MlflowClient(), target.model_name(use_case)
    if version is None:
        found = registry.champion_version(client, model)
        lacks = "no champion yet; name a version: --version N"
    else:
        found = registry.find_version(client, model, version)
        lacks = f"no version {version}"
    if found is None:
        raise NoVersionError(f"model {model} has {lacks}")
    return found
