"""The model card says the same as the report, in Markdown and as a page, and fits into a registered version."""

import pytest
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.report import card, writing
from tests.include.lakeloop.lifecycle.conftest import Logged
from tests.include.lakeloop.lifecycle.report.conftest import Make


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_card_holds_use_data_training_figures_slices_checks_explanations_and_limits(
    findings: Make, task: str
) -> None:
    found = findings(task)

    text = card.markdown(found)

    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert headings[:4] == ["Intended use", "Data", "Training", "Origin"]
    assert {"Figures", "Slices", "Checks: floors", "Explanations", "Limits", "Reproduce, roll back"} <= set(
        headings
    )
    assert "| visits_gold.training_set | Delta version 7 |" in text
    assert found.use_case.description in text
    for check in found.decision.checks:
        assert check.sentence in text
    metric = found.use_case.gate.compare_by
    interval = found.intervals()[metric]
    assert f"| {metric} | {interval.value:.4f} [{interval.low:.4f}, {interval.high:.4f}] |" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert len(tables) > 10
    assert "\n\n\n" not in text


def test_the_page_says_what_the_markdown_says(findings: Make) -> None:
    found = findings(floors={"auc": ">= 0.999"})

    text, html = card.markdown(found), card.html(found)

    assert "REFUSED: holdout AUC" in text
    assert "It failed: holdout AUC" in text
    assert "REFUSED: holdout AUC" in html
    assert html.count("<h2>") == text.count("\n## ")


def test_a_long_card_is_cut_between_sections_and_says_so() -> None:
    long = "# Card\n" + "".join(f"\n## Part {number}\n\n{'x' * 400}\n" for number in range(30))

    short = card.description(long)

    assert len(short) <= card.LONGEST_DESCRIPTION
    assert short.endswith(card.CUT)
    assert long.startswith(short.removesuffix(card.CUT))
    assert short.removesuffix(card.CUT).endswith("x" * 400)
    assert card.description("# Card") == "# Card"


def test_papers_are_logged_and_the_registered_version_is_described(
    findings: Make, client: MlflowClient, logged: Logged, model: str
) -> None:
    import mlflow

    run_id = logged(validation_status="refused", validation_reason="weak")
    papers = writing.papers(findings())
    with mlflow.start_run(run_id=run_id):
        writing.log(papers)
    version = registry.register(client, model, run_id)

    assert writing.describe(client, version)

    assert {file.path for file in client.list_artifacts(run_id)} >= {
        "report.html",
        "model_card.md",
        "model_card.html",
    }
    assert client.get_model_version(model, version.version).description == card.description(
        papers["model_card.md"]
    )
    assert writing.read_card(version) == papers["model_card.md"]


def test_a_version_that_was_never_validated_has_no_card(
    client: MlflowClient, logged: Logged, model: str
) -> None:
    version = registry.register(client, model, logged(validation_status="refused", validation_reason="weak"))

    assert not writing.describe(client, version)
    with pytest.raises(
        writing.NoCardError, match=f"version 1 of {model} has no model_card.md in its run {version.run_id}"
    ):
        writing.read_card(version)
