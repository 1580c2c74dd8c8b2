"""Features with a state: how many payments of its customer came before an event, and the sum of their amounts."""

from collections import defaultdict
from typing import Any

COUNTED: dict[str, Any] = {
    "time": "time",
    "id": "id",
    "entities": {"customer": {"key": "customer"}},
    "features": [
        {"name": "amount", "kind": "value", "of": "amount"},
        {"name": "visits", "entity": "customer", "kind": "count", "window": "30d"},
        {"name": "share", "entity": "customer", "kind": "sum", "of": "amount", "window": "30d"},
    ],
}


def counted(events: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The features that each event has when every event before it counts once, by its id."""
    count, total = defaultdict[str, int](int), defaultdict[str, float](float)
    expected = {}
    for one in events:
        key = one["customer"]
        expected[one["id"]] = {"amount": one["amount"], "visits": count[key], "share": total[key]}
        count[key] += 1
        total[key] += one["amount"]
    return expected
