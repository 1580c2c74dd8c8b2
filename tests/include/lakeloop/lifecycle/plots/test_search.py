"""The pictures of a search hold what they claim to show."""

import numpy as np
from matplotlib.figure import Figure

from lakeloop.lifecycle.plots import search as plots
from lakeloop.lifecycle.search import choice, figures
from lakeloop.lifecycle.search.study import run
from tests.include.lakeloop.lifecycle.search.searched import ALL_FAMILIES, Judging, Kept, search_of

SEARCH = search_of(kind="bayesian", space=ALL_FAMILIES, auto=True, trials=30)
TRIALS, STUDY = run(SEARCH, "auc", [], {}, Judging(), Kept())
XGBOOST = [trial for trial in TRIALS if trial.family == "xgboost"]
BEST = choice.best(XGBOOST, "auc")


def drawn(figure: Figure) -> Figure:
    figure.canvas.draw()
    return figure


def test_each_parameter_has_a_panel_with_each_trial_and_the_best_one_marked() -> None:
    figure = drawn(plots.performance_by_setting(XGBOOST, BEST, "auc", ["learning_rate"]))

    assert [panel.get_xlabel() for panel in figure.axes] == ["learning_rate", "max_depth"]
    assert [panel.get_xscale() for panel in figure.axes] == ["log", "linear"]
    for panel, name in zip(figure.axes, BEST.params, strict=True):
        all_trials, star = (np.asarray(part.get_offsets()) for part in panel.collections)
        assert sorted(all_trials.tolist()) == sorted(
            [float(trial.params[name]), trial.mean] for trial in XGBOOST
        )
        assert star.tolist() == [[float(BEST.params[name]), BEST.mean]]
    assert all(tick == int(tick) for tick in figure.axes[1].get_xticks())


def test_texts_stand_side_by_side() -> None:
    space = {"xgboost": {"grow_policy": {"kind": "choice", "of": ["lossguide", "depthwise"]}}}
    trials, _ = run(search_of(space=space), "auc", [], {}, Judging(lambda job: 0.7 + job.trial / 100), Kept())

    [panel] = drawn(plots.performance_by_setting(trials, trials[-1], "auc")).axes

    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["depthwise", "lossguide"]


def test_a_line_goes_through_what_a_trial_tried_to_what_came_of_it() -> None:
    axes = drawn(plots.parallel_coordinates(XGBOOST, BEST, "auc", ["learning_rate"])).axes[0]

    lines = [np.asarray(line.get_ydata()) for line in axes.lines if len(np.asarray(line.get_xdata())) == 3]
    assert len(lines) == len(XGBOOST)
    assert lines[-1][-1] == 1.0  # the best ends on top and lies over the others
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["learning_rate", "max_depth", "auc"]


def test_what_matters_to_the_formula_is_found_to_matter() -> None:
    shares = figures.importances(SEARCH, STUDY, "xgboost")

    assert set(shares) == {"learning_rate", "max_depth"}
    assert sum(shares.values()) == np.float64(1.0) or abs(sum(shares.values()) - 1) < 1e-9
    axes = drawn(plots.importance({"a": 0.2, "b": 0.8}, "xgboost", "auc")).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b"]  # from below


def test_the_family_that_is_chosen_stands_out() -> None:
    found = figures.figures(SEARCH, TRIALS, STUDY, "auc")

    assert {"families", "linear_performance_by_setting", "xgboost_importance"} <= set(found)
    axes = drawn(found["families"]).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "linear",
        "hist_gradient_boosting",
        "xgboost",
    ]
    assert figures.table(TRIALS, "auc")["auc"].notna().all()
