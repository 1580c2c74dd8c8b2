"""Events for hypothesis, few enough of each kind to meet again."""

from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

FIRST = 1_740_787_200_000  # 2025-03-01
GAPS_MS = (0, 1, 999, 1000, 30_000, 59_999, 60_000, 61_000, 1_800_000, 3_600_000, 86_400_000, 20 * 86_400_000)
LATE_MS = (-86_400_000, -60_000, -1)


def histories(late: bool = False) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Up to 40 events in the order of their times, or with some that are late; amounts whose sums are exact."""
    event = st.fixed_dictionaries(
        {
            "gap": st.sampled_from((*GAPS_MS, *LATE_MS) if late else GAPS_MS) | st.integers(0, 5000),
            "card": st.sampled_from(["a", "b"]),
            "merchant": st.sampled_from(["x", "y", "z"]),
            "channel": st.sampled_from(["chip", "online", "other"]),
            "amount": st.integers(-40, 4000).map(lambda quarters: quarters / 4),
            "latitude": st.integers(-90, 90).map(float),
            "longitude": st.integers(-180, 180).map(float),
        }
    )
    return st.lists(event, min_size=1, max_size=40).map(_timed)


def _timed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    times = accumulate((event.pop("gap") for event in events), initial=FIRST)
    return [
        event | {"at": at, "name": f"e{i:03d}"}
        for i, (event, at) in enumerate(zip(events, times, strict=False))
    ]
