"""Report, card and explanations as artifacts of the candidate's run, and what is read of them again."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import mlflow
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle.explain.study import Study
from lakeloop.lifecycle.plots.explanations import beeswarm, mean_size
from lakeloop.lifecycle.report import card, page
from lakeloop.lifecycle.report.findings import Explained, Findings
from lakeloop.lifecycle.report.views import unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow.entities.model_registry import ModelVersion

OVERALL, BY_SLICE = "explanations.json", "explanations_by_slice.csv"


class NoCardError(LookupError):
    """A version's run holds no model card."""


def pictures(found: Explained) -> "dict[str, Figure]":
    """Of the explanations, by name; none without explanations."""
    if found.study is None:
        return {}
    study = found.study
    return {
        "shap_overall": mean_size(study.overall, unit(found)),
        "shap_by_value": beeswarm(study.x, study.explanation.contributions, unit(found)),
    }


def papers(findings: Findings) -> dict[str, str]:
    """Report, card and explanations, by the name of their file. All of it is made before any of it is logged."""
    texts = {
        page.FILE: page.page(findings),
        card.MARKDOWN: card.markdown(findings),
        card.HTML: card.html(findings),
    }
    if findings.explained.study is not None:
        texts[OVERALL] = _overall(findings.explained.study, unit(findings.explained))
        texts[BY_SLICE] = findings.slice_explanations().to_csv(index=False)
    return texts


def log(texts: Mapping[str, str]) -> None:
    """Logs `papers` under the current run."""
    for name, text in texts.items():
        mlflow.log_text(text, name)


def _overall(study: Study, counted_in: str) -> str:
    said = {
        "unit": counted_in,
        "base": study.explanation.base,
        "rows": len(study.places),
        "mean_abs_shap": {name: round(float(size), 6) for name, size in study.overall.items()},
    }
    return json.dumps(said, indent=2)


def read_card(version: "ModelVersion", file: str = card.MARKDOWN) -> str:
    """The card of a registered version. Raises NoCardError for one that was not validated since there are cards."""
    run_id = version.run_id
    if not run_id or file not in {found.path for found in MlflowClient().list_artifacts(run_id)}:
        raise NoCardError(
            f"version {version.version} of {version.name} has no {file} in its run {run_id or '(none)'}: it was not "
            "validated by this pipeline, or before there were model cards"
        )
    return str(mlflow.artifacts.load_text(f"runs:/{run_id}/{file}"))


def describe(client: MlflowClient, version: "ModelVersion") -> bool:
    """Gives the version its card as description, shortened to what the registry takes; False when it has no card."""
    try:
        text = read_card(version)
    except NoCardError:
        return False
    client.update_model_version(version.name, version.version, description=card.description(text))
    return True
