"""The gate refuses by default."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lakeloop.lifecycle.evaluation import Evaluation
from lakeloop.lifecycle.gate import Decision, decide

THRESHOLDS = SimpleNamespace(
    min_auc=0.80, min_average_precision=0.40, min_lift_over_baseline_auc=0.10, max_regression_auc=0.0
)
NAN = float("nan")


def figures(auc: float, average_precision: float = 0.5) -> Evaluation:
    return Evaluation(auc, average_precision, 0.3, 0.1, rows=1000, positives=100)


CANDIDATE, BASELINE, LOGISTIC = figures(0.86), figures(0.74), figures(0.85)


def judge(
    candidate: Evaluation = CANDIDATE,
    baseline: Evaluation = BASELINE,
    logistic: Evaluation = LOGISTIC,
    champion: Evaluation | None = None,
    **thresholds: float,
) -> Decision:
    return decide(candidate, baseline, logistic, champion, SimpleNamespace(**(vars(THRESHOLDS) | thresholds)))


def failed(decision: Decision) -> list[str]:
    return [check.name for check in decision.checks if not check.passed]


def test_without_any_check_the_answer_is_no() -> None:
    decision = Decision([], first_model=False)

    assert not decision.passed
    assert (decision.status, decision.reason) == ("refused", "no check was made")


def test_a_good_first_model_passes_and_says_that_it_is_the_first() -> None:
    decision = judge()

    assert decision.passed
    assert decision.first_model
    assert "there is no champion to compare with: this is the first model" in decision.reason


def test_the_first_model_is_held_to_the_thresholds_all_the_same() -> None:
    decision = judge(figures(0.79, 0.39))

    assert decision.status == "refused"
    assert set(failed(decision)) == {
        "min_auc",
        "min_average_precision",
        "min_lift_over_baseline_auc",
        "beats_logistic",
    }


def test_a_better_model_replaces_the_champion() -> None:
    decision = judge(champion=figures(0.855))

    assert decision.passed
    assert not decision.first_model
    assert "first_model" not in [check.name for check in decision.checks]


def test_a_model_worse_than_the_champion_is_refused_with_both_figures() -> None:
    decision = judge(champion=figures(0.87))

    assert failed(decision) == ["max_regression_auc"]
    assert decision.reason == (
        "holdout AUC 0.8600 is worse than the champion's 0.8700 on the same 1000 rows (gate.max_regression_auc 0.0000)"
    )


def test_equal_to_the_champion_is_good_enough_and_the_tolerance_widens_it() -> None:
    assert judge(champion=CANDIDATE).passed
    assert judge(champion=figures(0.87), max_regression_auc=0.02).passed
    assert not judge(champion=figures(0.89), max_regression_auc=0.02).passed


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"candidate": figures(0.7999)}, "min_auc"),
        ({"candidate": figures(0.86, 0.3999)}, "min_average_precision"),
        ({"baseline": figures(0.77)}, "min_lift_over_baseline_auc"),
        ({"logistic": figures(0.86)}, "beats_logistic"),
    ],
)
def test_each_check_alone_refuses(change: dict[str, Evaluation], check: str) -> None:
    decision = judge(**change)  # type: ignore[arg-type]

    assert check in failed(decision)
    assert not decision.passed
    assert check == "beats_logistic" or f"gate.{check}" in decision.reason


def test_on_the_threshold_is_reached() -> None:
    assert judge(figures(0.86, 0.40)).passed


@pytest.mark.parametrize("who", ["candidate", "baseline", "logistic", "champion"])
def test_an_undefined_figure_refuses_whoever_has_it(who: str) -> None:
    decision = judge(**({"champion": figures(0.8)} | {who: figures(NAN, NAN)}))  # type: ignore[arg-type]

    assert not decision.passed
    assert "nan" not in decision.reason or who != "candidate" or "undefined" in decision.reason


def test_other_rows_are_not_compared() -> None:
    with pytest.raises(ValueError, match=r"evaluated on 999 rows .* compare on the same holdout rows"):
        judge(champion=replace(CANDIDATE, rows=999))


def test_the_reason_of_a_refusal_names_only_what_failed() -> None:
    decision = judge(champion=figures(0.87))

    assert len(decision.reasons) == 1
    assert len(judge().reasons) == len(judge().checks)


def test_the_report_holds_every_check_and_is_plain() -> None:
    report = judge().report()

    assert report["status"] == "passed"
    assert [set(check) for check in report["checks"]] == [{"name", "passed", "sentence"}] * 5
    assert [type(check["passed"]) for check in report["checks"]] == [bool] * 5
