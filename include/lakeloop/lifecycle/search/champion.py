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
    kind = version.tags.get(MODEL_KIND)
    if kind not in search.space:
        return (
            None,
            f"champion version {version.version} is of kind {kind or 'unknown'}, which is not searched",
        )
    said = client.get_run(version.run_id).data.params
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
