"""Pictures of a search: the metric against each setting, settings side by side, what mattered, how families compare."""

from collections.abc import Mapping, Sequence
from math import ceil, log10
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from lakeloop.lifecycle.plots.style import FAINT, colour, new_axes, styled
from lakeloop.lifecycle.search.choice import Leader
from lakeloop.lifecycle.search.study import Trial

PANELS_A_ROW = 3
BEST = "#c2410c"
EARLY_TO_LATE = "Blues"
JITTER = 0.12
LONG_RANGE = 100


@styled
def performance_by_setting(
    trials: Sequence[Trial], best: Trial, metric: str, logarithmic: Sequence[str] = ()
) -> Figure:
    """One panel for each parameter: the metric (mean of the folds) of each complete trial against what it tried."""
    names = list(best.params)
    columns, rows = min(PANELS_A_ROW, len(names)), ceil(len(names) / PANELS_A_ROW)
    figure = Figure(figsize=(max(4.2 * columns, 6.0), 3.4 * rows + 0.6))
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for panel, name in zip(panels.flat, names, strict=False):
        _panel(panel, trials, best, name, name in logarithmic)
    for panel in panels.flat[len(names) :]:
        panel.set_visible(False)
    for panel in panels[:, 0]:
        panel.set_ylabel(f"{metric}, mean of the folds")
    panels.flat[0].legend(loc="best", fontsize=9)
    figure.suptitle(
        f"Performance by hyperparameter setting\n{best.family}, {len(trials)} trials (the darker, the later)",
        x=0.01,
        ha="left",
        fontweight="bold",
    )
    return figure


def _panel(axes: Axes, trials: Sequence[Trial], best: Trial, name: str, logarithmic: bool) -> None:
    values = [trial.params[name] for trial in trials]
    scale = _Scale(values, logarithmic)
    x, y = scale.places(values), [trial.mean for trial in trials]
    order = np.linspace(0.35, 1.0, len(trials))
    axes.scatter(x, y, c=order, cmap=EARLY_TO_LATE, vmin=0, vmax=1, s=34, edgecolors="white", linewidths=0.6)
    axes.scatter(
        scale.places([best.params[name]], jitter=False),
        [best.mean],
        marker="*",
        s=210,
        color=BEST,
        edgecolors="white",
        linewidths=0.8,
        zorder=3,
        label=f"best {best.mean:.4f}",
    )
    axes.set_xlabel(name)
    axes.set_axisbelow(True)
    if logarithmic:
        _make_logarithmic(axes, *scale.ends)
    elif all(isinstance(value, int) for value in values):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if scale.names:
        axes.set_xticks(range(len(scale.names)), scale.names)
        axes.set_xlim(-0.5, len(scale.names) - 0.5)


def _make_logarithmic(axes: Axes, low: float, high: float) -> None:
    """A few plain numbers: 0.02, 0.05, 0.1 where that is the range, powers of ten where it is long."""
    axes.set_xscale("log")
    steps = (1.0,) if high / low > LONG_RANGE else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


class _Scale:
    """Where a parameter's values lie on an axis: numbers as they are, all else side by side."""

    def __init__(self, values: Sequence[Any], logarithmic: bool) -> None:
        texts = any(isinstance(value, str | bool) for value in values)
        self.names = sorted({str(value) for value in values}) if texts else []
        self.logarithmic = logarithmic and not texts
        self.ends = (0.0, max(len(self.names) - 1.0, 1.0)) if texts else (min(values), max(values))

    def places(self, values: Sequence[Any], jitter: bool = True) -> list[float]:
        if not self.names:
            return [float(value) for value in values]
        spread = (
            np.random.default_rng(0).uniform(-JITTER, JITTER, len(values)) if jitter else [0.0] * len(values)
        )
        return [self.names.index(str(value)) + part for value, part in zip(values, spread, strict=True)]

    def share(self, value: Any) -> float:
        """From 0, the lowest value that was tried, to 1, the highest."""
        [place] = self.places([value], jitter=False)
        low, high = self.ends
        if self.logarithmic:
            place, low, high = log10(place), log10(low), log10(high)
        return 0.5 if high == low else (place - low) / (high - low)

    def end(self, high: bool) -> str:
        if self.names:
            return self.names[-1 if high else 0]
        return f"{self.ends[high]:.3g}"


@styled
def parallel_coordinates(
    trials: Sequence[Trial], best: Trial, metric: str, logarithmic: Sequence[str] = ()
) -> Figure:
    """One line for each complete trial through all that it tried to what came of it; the better, the darker."""
    from matplotlib import colormaps

    names = [*best.params, metric]
    columns: dict[str, list[Any]] = {name: [trial.params[name] for trial in trials] for name in best.params}
    columns[metric] = [trial.mean for trial in trials]
    scales = {name: _Scale(columns[name], name in logarithmic) for name in names}
    title = f"Settings side by side: {best.family}, {len(trials)} trials"
    figure, axes = new_axes(title, "", "", (max(1.7 * len(names), 6.5), 4.8))
    ranks = _ranks(trials, best)
    for place in np.argsort(ranks):
        y = [scales[name].share(columns[name][place]) for name in names]
        is_best = trials[place].number == best.number
        line = BEST if is_best else colormaps[EARLY_TO_LATE](0.2 + 0.75 * ranks[place])
        axes.plot(
            range(len(names)),
            y,
            color=line,
            lw=2.6 if is_best else 1.1,
            zorder=3 if is_best else 2,
            label=f"best: {metric} {best.mean:.4f}" if is_best else None,
        )
    _axes_of_all(axes, names, scales)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16))
    return figure


def _axes_of_all(axes: Axes, names: Sequence[str], scales: Mapping[str, _Scale]) -> None:
    for place, name in enumerate(names):
        axes.axvline(place, color="#94a3b8", lw=1, zorder=1)
        axes.text(
            place, 1.03, scales[name].end(high=True), ha="center", va="bottom", fontsize=9, color="#475569"
        )
        axes.text(
            place, -0.03, scales[name].end(high=False), ha="center", va="top", fontsize=9, color="#475569"
        )
    axes.set_xticks(range(len(names)), names)
    axes.tick_params(axis="x", length=0, pad=14)
    axes.set_yticks([])
    axes.set_ylim(-0.06, 1.12)
    axes.set_xlim(-0.25, len(names) - 0.75)
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def _ranks(trials: Sequence[Trial], best: Trial) -> np.ndarray:
    """From 0, the furthest from the best, to 1, the best itself."""
    distance = np.abs(np.array([trial.mean for trial in trials]) - best.mean)
    order = np.argsort(np.argsort(-distance, kind="stable"))
    return order / max(len(trials) - 1, 1)


@styled
def importance(shares: Mapping[str, float], family: str, metric: str) -> Figure:
    """Each parameter's share of the metric's variance over the space that was tried (fANOVA), the largest on top."""
    ordered = sorted(shares.items(), key=lambda item: item[1])
    size = (7.5, 1.6 + 0.35 * len(ordered))
    figure, axes = new_axes(
        f"What mattered to {metric}: {family}", "share of the variance that it explains (fANOVA)", "", size
    )
    bars = axes.barh(
        [name for name, _ in ordered], [share for _, share in ordered], color=colour(1), height=0.65
    )
    axes.bar_label(bars, fmt="{:.2f}", padding=4, fontsize=9, color="#475569")
    axes.set_xlim(0, max([share for _, share in ordered] + [0.01]) * 1.12)
    axes.grid(axis="y", visible=False)
    return figure


@styled
def families(found: Mapping[Any, Leader], chosen: Trial, metric: str) -> Figure:
    """By how much the best trial of each family is behind the best of all, with one standard error of the folds."""
    size = (7.5, 1.9 + 0.5 * len(found))
    figure, axes = new_axes(
        "Families under one budget", f"behind the best, in {metric} (mean and one standard error)", "", size
    )
    for place, leader in enumerate(found.values()):
        is_chosen = leader.trial.number == chosen.number
        axes.errorbar(
            leader.behind,
            place,
            xerr=leader.noise,
            fmt="o",
            ms=8,
            capsize=5,
            lw=2,
            color=BEST if is_chosen else colour(1),
            label="chosen: the simplest within the noise" if is_chosen else None,
        )
        axes.text(
            leader.behind,
            place + 0.16,
            f"{metric} {leader.trial.mean:.4f}",
            ha="center",
            va="bottom",
            fontsize=9,
        )
    axes.axvline(0, color=FAINT, ls="--", lw=1)
    axes.set_yticks(range(len(found)), list(found))
    axes.set_ylim(-0.6, len(found) - 0.3)
    axes.margins(x=0.12)
    axes.grid(axis="y", visible=False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.28 - 0.12 / len(found)))
    return figure
