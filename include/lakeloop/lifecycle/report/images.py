"""Figures within a page."""

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 90  # per inch: sharp enough on a page, and a dozen figures stay below 1 MB


def pictures(figures: "Mapping[str, Figure]") -> list[dict[str, str]]:
    """Each as a data URI, so that the page needs no network."""
    return [{"name": name.replace("_", " "), "uri": _data_uri(figure)} for name, figure in figures.items()]


def _data_uri(figure: "Figure") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
