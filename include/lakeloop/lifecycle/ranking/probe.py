"""A version of a ranking is tried before it serves again, as `lakeloop.lifecycle.deployment.probe` tries others."""

from typing import Any

import numpy as np
import pandas as pd

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.probe import ROWS, Probe, ProbeFailedError, newest_published
from lakeloop.lifecycle.night import parse
from lakeloop.lifecycle.published import PublishedFeatures
from lakeloop.lifecycle.ranking.interactions import table_of
from lakeloop.lifecycle.ranking.logged import histories
from lakeloop.lifecycle.ranking.split import ms_at_end
from lakeloop.lifecycle.time_travel import says_gone
from rankstream.pyfunc import INPUTS


def probe(run: sql.Run, use_case: RankingUseCase, name: str, model: Any) -> Probe:
    """Suggests to the entities of the logged example, and to some of the newest published period.

    Args:
        name: of the version, for messages.
        model: its pyfunc.

    Raises ProbeFailedError naming what is wrong.
    """
    newest = newest_published(run, use_case)
    example = (
        model.input_example if model.metadata.saved_input_example_info else pd.DataFrame(columns=list(INPUTS))
    )
    asked = _asked(run, use_case, newest)
    scores = np.concatenate([_scores(model, part, name) for part in (example, asked) if len(part)])
    return Probe(len(example), len(asked), newest.newest_as_of, float(scores.min()), float(scores.max()))


def _asked(run: sql.Run, use_case: RankingUseCase, newest: PublishedFeatures) -> pd.DataFrame:
    """Histories of the first entities of the newest period."""
    table, ranking, key = table_of(use_case), use_case.ranking, use_case.key
    period = use_case.period.index(parse(use_case, newest.newest_as_of))
    source = f"{table} VERSION AS OF {newest.features_version}"
    try:
        rows = run(
            f"SELECT CAST({key} AS STRING) AS entity, CAST({ranking.item} AS STRING) AS item, "
            f"CAST({ranking.group} AS STRING) AS `group`, unix_millis({ranking.at}) AS at, "
            f"CAST({ranking.weight} AS DOUBLE) AS weight FROM {source} WHERE {key} IN (SELECT DISTINCT {key} FROM "
            f"{source} WHERE {use_case.period.column} = {use_case.period.literal(period)} ORDER BY {key} LIMIT {ROWS})"
        )
    except Exception as error:  # each engine has a class of its own for what Delta says
        if not says_gone(error):
            raise
        raise ProbeFailedError(
            f"version {newest.features_version} of {table}, the newest that is published, is gone: run "
            f"{use_case.name}_transform"
        ) from error
    return histories(pd.DataFrame(rows), ms_at_end(use_case.period, period)).reset_index(drop=True)


def _scores(model: Any, asked: pd.DataFrame, name: str) -> np.ndarray:
    """Scores of all suggestions. Raises ProbeFailedError for an entity without one, an item twice, or no number."""
    try:
        answers = model.predict(asked)
    except Exception as error:
        raise ProbeFailedError(f"{name} cannot suggest: {type(error).__name__}: {error}") from error
    items, scores = answers["items"], np.concatenate(answers["scores"].to_list())
    wrong = [row for row, found in enumerate(items) if not len(found) or len(set(found)) < len(found)]
    if len(answers) != len(asked) or wrong or not np.isfinite(scores).all():
        raise ProbeFailedError(
            f"{name} answers {len(asked)} entities with {len(answers)} lists, {len(wrong)} of them empty or with an "
            f"item twice, and {int((~np.isfinite(scores)).sum())} scores that are no finite number"
        )
    return scores
