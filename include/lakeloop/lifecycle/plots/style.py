"""The house style, and the empty axes that every picture begins with."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ["#c2410c", "#1d4ed8", "#64748b", "#0f766e", "#7e22ce", "#a16207"]
FAINT = "#cbd5e1"
STYLE: dict[Any, Any] = {
    "font.size": 11,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#94a3b8",
    "axes.grid": True,
    "grid.color": "#e2e8f0",
    "legend.frameon": False,
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
}
P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draws in the house style without touching matplotlib's global settings."""

    @wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inner


def new_axes(title: str, x: str, y: str, size: tuple[float, float] = (6.5, 5.0)) -> tuple[Figure, Axes]:
    """A Figure of its own, not pyplot's: nothing global to close, nothing shown twice in a notebook."""
    figure = Figure(figsize=size)
    axes = figure.subplots()
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_axisbelow(True)
    return figure, axes


def colour(number: int) -> str:
    """Of the contender with that number."""
    return COLOURS[number % len(COLOURS)]
