"""A few questions of the holdout in words: what was suggested, and what came."""

from typing import Any

import numpy as np

from lakeloop.lifecycle.evaluation.gate import CANDIDATE
from lakeloop.lifecycle.ranking.judgement import Judged

FILE = "suggestions.json"
ENTITIES = 5


def examples(judged: Judged) -> list[dict[str, Any]]:
    """Of entities drawn by the seed, each by its newest answered question: suggested items, and which of them came."""
    contender, relevant = judged.contenders[CANDIDATE, "all"], judged.questions.relevant
    answered = np.flatnonzero(np.diff(relevant.indptr))
    newest = {judged.questions.entities[number]: int(number) for number in answered}
    names = sorted(newest)
    drawn = np.random.default_rng(judged.seed).permutation(len(names))[:ENTITIES]
    return [_example(judged, newest[names[place]], contender.first) for place in sorted(drawn)]


def _example(judged: Judged, number: int, first: np.ndarray) -> dict[str, Any]:
    came = {judged.items[place] for place in judged.questions.relevant[number].indices}
    suggested = [judged.items[place] for place in first[number] if place >= 0]
    return {
        "entity": judged.questions.entities[number],
        "asked_at_ms": int(judged.questions.at[number]),
        "suggested": suggested,
        "came": [item for item in suggested if item in came],
        "came_unsuggested": sorted(came - set(suggested)),
    }
