"""The report has a line a check, says the verdict first, and opens without a network."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lakeloop.lifecycle.checks import FAMILIES, serving
from lakeloop.lifecycle.checks.slices import judge_table
from lakeloop.lifecycle.evaluation.gate import Check, Decision
from lakeloop.lifecycle.report import views
from lakeloop.lifecycle.report.findings import Explained
from lakeloop.lifecycle.report.page import framed, page
from tests.include.lakeloop.lifecycle.checks.world import evidence
from tests.include.lakeloop.lifecycle.report.conftest import Make


class Reader(HTMLParser):
    """The page's text, and the addresses that it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.addresses: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_passed_model_has_every_check_figure_slice_and_reason_on_its_page(
    findings: Make, task: str
) -> None:
    found = findings(task)

    read = Reader(html := page(found))

    assert "Gate: passed" in read.text
    for check in found.decision.checks:
        assert check.sentence in read.text
    assert html.count('<tr><td><span class="pill passed"') == len(found.decision.checks)
    assert all(address.startswith("data:image/png;base64,") for address in read.addresses)
    assert len(read.addresses) == len(found.figures) >= 5
    assert "http" not in re.sub(r"base64,[^\"]*", "", html)
    for text in (
        "Days since the last visit",
        "north",
        "south",
        "abc123",
        "Delta version 7",
        "highest prediction",
    ):
        assert text in read.text
    assert len(html) < 4 * 2**20


def test_a_sample_of_training_rows_is_said(findings: Make) -> None:
    found = replace(findings(), looked_at="the training rows of 4% of the entities")

    assert "the training rows of 4% of the entities" in Reader(page(found)).text


def test_what_comes_from_outside_is_escaped(findings: Make) -> None:
    html = page(findings())

    assert "Visits of the last &lt;8&gt; weeks" in html
    assert "<8>" not in html


def test_a_refused_model_says_so_first_with_check_value_and_limit(findings: Make) -> None:
    found = findings(floors={"auc": ">= 0.999", "brier": "<= 0.9"})

    read = Reader(html := page(found))

    verdict = read.text[: read.text.index("Checks")]
    assert "Gate: refused" in verdict
    assert f"{len(found.decision.checks) - 1} of {len(found.decision.checks)} checks passed" in verdict
    value = found.rows.evaluations["candidate"].values["auc"]
    assert f"holdout AUC {value:.4f} misses the limit >= 0.999 (gate.floors.auc)" in verdict
    assert f'<td class="number">{value:.4f}</td><td class="number">&gt;= 0.999</td>' in html
    assert html.count('<tr><td><span class="pill refused"') == 1


def test_groups_with_a_failed_check_come_first_by_their_own_or_their_keys_name() -> None:
    checks = [
        Check("gate.floors.auc", True, "a", {"value": 0.85123456, "limit": ">= 0.80"}),
        Check(
            "gate.fairness.parity",
            False,
            "b",
            {"value": float("nan"), "low": 0.1, "high": 0.2, "margin": 0.05},
        ),
        Check("gate.floors.brier", True, "c"),
    ]

    first, second = views.checks(checks)

    assert (first["heading"], first["passed"], len(first["lines"])) == ("Fairness", False, 1)
    assert (second["heading"], second["passed"], len(second["lines"])) == ("Floors", True, 2)
    assert (first["lines"][0]["value"], first["lines"][0]["limit"]) == (
        "undefined [0.1000, 0.2000]",
        "0.0500",
    )
    assert (second["lines"][0]["value"], second["lines"][0]["limit"]) == ("0.8512", ">= 0.80")


def test_a_check_may_name_its_group_itself() -> None:
    assert views.heading(Check("gate.x", True, "a", group="numerical_health")) == "Numerical health"


def test_what_any_family_of_checks_finds_has_a_line() -> None:
    asked = evidence(gate={"slices": {"columns": ["district"], "floors": {"auc": ">= 0.5"}, "min_rows": 10}})
    found = [check for family in FAMILIES if family is not serving for check in family.judge(asked)]

    lines = {line["key"]: line for group in views.checks(found) for line in group["lines"]}

    assert {check.key for check in found} == set(lines)
    assert (lines["gate.slices.floors.auc"]["value"], lines["gate.slices.floors.auc"]["limit"]) == (
        "none",
        ">= 0.5",
    )


def test_a_slice_shows_its_interval_and_by_what_it_is_judged(findings: Make) -> None:
    found = findings(slices={"columns": ["region"], "floors": {"auc": ">= 0.1"}, "min_rows": 100})

    north, south = views.slices(found)

    assert (north["rows"], north["judged"]) == ("150", "by its figure")
    assert (south["rows"], south["judged"]) == ("50", "by its interval")
    row = found.slices.iloc[1]
    ours, low, high = (row[f"auc {name}"] for name in ("candidate", "low", "high"))
    assert low < ours < high
    assert south["auc"] == f"{ours:.4f} [{low:.4f}, {high:.4f}]"


def test_report_and_gate_agree_on_how_a_slice_is_judged(findings: Make) -> None:
    found = findings(slices={"columns": ["region"], "floors": {"auc": ">= 0.1"}, "min_rows": 100})
    unsure = found.slices.assign(**{"auc low": float("nan"), "auc high": float("nan")})

    north, south = views.slices(replace(found, slices=unsure))

    check = judge_table("auc", ">= 0.1", 100, unsure)
    assert "too small to say anything: region south" in check.sentence
    assert (north["judged"], south["judged"]) == ("by its figure", "no: auc has no interval")


def test_a_decision_without_checks_is_no_pass(findings: Make) -> None:
    found = findings()

    html = page(replace(found, decision=Decision([], found.decision.champion)))

    assert "Gate: refused" in html
    assert "no check was made" in html


def test_a_model_without_explanations_says_why(findings: Make) -> None:
    html = page(replace(findings(), explained=Explained(None, "a Forest; expected one of Booster")))

    assert "There are no explanations: the model is a Forest; expected one of Booster." in html


def test_the_framed_page_leaves_the_notebook_alone() -> None:
    assert framed('<p class="a">&</p>').count('"') == 6  # title, style, srcdoc
    assert "&lt;p class=&quot;a&quot;&gt;&amp;&lt;/p&gt;" in framed('<p class="a">&</p>')
