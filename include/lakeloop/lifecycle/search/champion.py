"""Where a search may begin: at the parameters of the model that serves."""

from typing import Any

from mlflow.tracking import MlflowClient

from lakeloop.config.use_case.search import Search
from lakeloop.config.use_case.search_space import Choice, FloatRange, Range
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.search.sampling import Setting, start

MODEL_KIND = "model_kind"  # tag of a run and of its version: the family that was trained


def champion_setting(client: MlflowClient, model: str, search: Search) -> tuple[Setting | None, str]:
    """The champion's setting in this space, and a sentence about it; None where there is none to begin with.

    Parameters that lie outside of their range now are left to the sampler, and named in the sentence.
    """
    version = registry.champion_version(client, model)
    if version is None:
        return None, "no champion yet"
    said_kind = version.tags.get(MODEL_KIND, "unknown")
    kind = next((family for family in search.space if family == said_kind), None)
    if kind is None:
        return None, f"champion version {version.version} is of kind {said_kind}, which is not searched"
    # a version that was registered without a run says nothing of its parameters
    said = client.get_run(version.run_id).data.params if version.run_id else {}
    ranges = search.space[kind]
    params = {name: _parsed(given, said[name]) for name, given in ranges.items() if name in said}
    setting = start(search, kind, params)
    left = sorted(name for name in ranges if f"{kind}.{name}" not in setting)
    sentence = f"begins at champion version {version.version}, {kind}"
    return setting or None, f"{sentence}, without {', '.join(left)} (not in range)" if left else sentence


def _parsed(given: Range, text: str) -> Any:
    """A parameter that MLflow keeps as text; the text itself where it is none of the range's values."""
    if isinstance(given, Choice):
        return next((one for one in given.of if str(one) == text), text)
    try:
        return float(text) if isinstance(given, FloatRange) else int(text)
    except ValueError:
        return text
