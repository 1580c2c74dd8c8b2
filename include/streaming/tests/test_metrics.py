"""Decisions and shadows are counted by version."""

import numpy as np

from eventscorer.metrics import Metrics


def test_scores_and_the_distances_of_shadows_are_told_by_version() -> None:
    metrics = Metrics()
    scores = np.array([0.05, 0.95, 0.55], np.float32)
    shadows = {"3": scores + np.float32(0.15), "4": np.ones((3, 2), np.float32)}

    metrics.scored(["1", "2", "1"], scores, shadows)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"eventscorer_{name}", labels)

    assert (value("decisions_total", version="1"), value("decisions_total", version="2")) == (2, 1)
    assert (value("score_bucket", version="1", le="0.1"), value("score_bucket", version="1", le="0.6")) == (
        1,
        2,
    )
    assert (value("score_bucket", version="2", le="0.9"), value("score_bucket", version="2", le="1.0")) == (
        0,
        1,
    )
    distance = "shadow_difference_bucket"
    assert (value(distance, version="3", le="0.1"), value(distance, version="3", le="0.2")) == (0, 3)
    assert value("shadow_difference_count", version="4") is None
