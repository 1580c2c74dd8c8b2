"""The tasks of a run as an SVG: one column per depth, an arrow per dependency, coloured by state."""

from collections.abc import Sequence
from graphlib import TopologicalSorter
from html import escape
from typing import Any

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 190, 52, 64, 22, 12


def depths(tasks: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many tasks lie before each, by key, for a graph without cycles, however deep."""
    above = {task["task_key"]: [d["task_key"] for d in task.get("depends_on") or []] for task in tasks}
    known: dict[str, int] = {}
    for key in TopologicalSorter(above).static_order():
        known[key] = 1 + max((known[parent] for parent in above.get(key, ())), default=-1)
    return {key: known[key] for key in above}


def svg(tasks: Sequence[dict[str, Any]], states: dict[str, str]) -> str:
    """The drawing of the last attempts of tasks; `states` gives each task's state in one word."""
    places = _places(depths(tasks))
    arrows = [
        _arrow(places[parent["task_key"]], places[task["task_key"]])
        for task in tasks
        for parent in task.get("depends_on") or []
    ]
    boxes = [_box(places[task["task_key"]], task, states[task["task_key"]]) for task in tasks]
    width = max(x for x, _ in places.values()) + WIDTH + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT + MARGIN
    return (
        f"<svg class='graph' viewBox='0 0 {width} {height}' width='{width}' height='{height}' role='img' "
        "aria-label='task graph'><defs><marker id='tip' viewBox='0 0 8 8' refX='8' refY='4' markerWidth='7' "
        "markerHeight='7' orient='auto'><path d='M0 0L8 4L0 8z'/></marker></defs>"
        f"{''.join(arrows)}{''.join(boxes)}</svg>"
    )


def _places(depth: dict[str, int]) -> dict[str, tuple[int, int]]:
    rows: dict[int, int] = {}
    places = {}
    for key, column in depth.items():
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[key] = (MARGIN + column * (WIDTH + ACROSS), MARGIN + row * (HEIGHT + DOWN))
    return places


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1, x2, y2 = start[0] + WIDTH, start[1] + HEIGHT // 2, end[0], end[1] + HEIGHT // 2
    bend = ACROSS // 2
    return f"<path class='arrow' marker-end='url(#tip)' d='M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}'/>"


def _box(place: tuple[int, int], task: dict[str, Any], state: str) -> str:
    x, y = place
    key = task["task_key"]
    name = key if len(key) <= 24 else f"{key[:23]}…"
    return (
        f"<a href='#task-{task['run_id']}'><g class='box {escape(state.lower())}'><title>{escape(key)}: {escape(state)}"
        f"</title><rect x='{x}' y='{y}' width='{WIDTH}' height='{HEIGHT}' rx='8'/>"
        f"<text x='{x + 14}' y='{y + 22}' class='name'>{escape(name)}</text>"
        f"<text x='{x + 14}' y='{y + 40}'>{escape(state)}</text></g></a>"
    )
