"""The arrow of time: what was known as of a row follows the answer behind it at least as closely as the one ahead.

As of a period the answer of `horizon` periods earlier has just become known, and the row's own answer has not begun. A
feature that moves with the answer ahead but not with the one behind has seen the future. The demand is Kaufman et al.'s
(2012) "no time machine"; the test is that of a lead and a lag, as in Sims (1972), "Money, income, and causality",
American Economic Review 62: the future must not help to explain the present.

What is compared are movements: each entity's and each period's mean is taken off first, so that neither a large entity
nor a busy season counts. A feature that does not move (a birthday) says nothing here.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from lakeloop.config import LabelledUseCase
from lakeloop.lifecycle import features as contract
from lakeloop.lifecycle.checks.evidence import Evidence
from lakeloop.lifecycle.checks.verdicts import beyond, defined, plain
from lakeloop.lifecycle.evaluation.bootstrap import Interval, draw, percentile_interval
from lakeloop.lifecycle.evaluation.gate import Check
from lakeloop.lifecycle.evaluation.rows import FEWEST_UNITS, Units, units_of
from lakeloop.lifecycle.evaluation.sums import by_unit, share, summed

GROUP, KEY = "leakage", "gate.leakage.time_travel"
FEWEST_ROWS = 200  # with an answer on both sides
BEHIND = "_behind"
STILL = 1e-3  # a feature that moves by less than a thousandth of the ranks does not move


def judge(evidence: Evidence) -> list[Check]:
    """The features that follow the answer ahead more closely than the one behind by `gate.leakage.time_travel`."""
    asked, use_case = evidence.gate.leakage, evidence.use_case
    if asked.time_travel is None:
        return []
    rows = with_answer_behind(use_case, evidence.known)
    if len(rows) < FEWEST_ROWS:
        said = f"{len(rows)} rows have an answer {use_case.question.horizon} periods earlier, expected {FEWEST_ROWS}"
        return [plain(GROUP, KEY, True, f"{said}: time travel was not looked for")]
    names = [name for name in evidence.x.columns if name not in asked.known_ahead]
    leads = lead_of_each(use_case, rows, names)
    judged = {name: lead for name, lead in leads.items() if defined(lead)}
    travellers = {name: lead for name, lead in judged.items() if beyond(lead, asked.time_travel)}
    if travellers:
        return [_refused(name, lead, asked.time_travel, len(rows)) for name, lead in travellers.items()]
    noun = units_of(use_case, rows).name
    if leads and not judged:
        said = f"no moving feature has {FEWEST_UNITS} {noun} and an interval: nothing was judged"
        return [plain(GROUP, KEY, False, said, {"limit": asked.time_travel})]
    said = f"none of {len(judged)} moving features follows the answer ahead more closely than the one behind"
    said += f" by more than {asked.time_travel[2:].strip()}"
    silent = ", ".join(name for name in leads if name not in judged)
    said += f"; too few {noun} to say anything: {silent}" if silent else ""
    return [plain(GROUP, KEY, True, said, _figures(judged, asked.time_travel))]


def _refused(name: str, lead: Interval, limit: str, rows: int) -> Check:
    said = (
        f"feature {name} follows the answer ahead more closely than the one behind: by {lead} in {rows} rows, wholly "
        f"beyond {limit}; it knows the future, or belongs to gate.leakage.known_ahead ({KEY})"
    )
    return Check(KEY, False, said, {"feature": name, **vars(lead), "limit": limit}, GROUP, str(lead), limit)


def _figures(leads: Mapping[str, Interval], limit: str) -> dict[str, object]:
    first = sorted(leads, key=lambda name: leads[name].value, reverse=True)[:5]
    return {"limit": limit, "leads": {name: leads[name].value for name in first}}


def with_answer_behind(use_case: LabelledUseCase, known: pd.DataFrame) -> pd.DataFrame:
    """The rows of `known` whose entity has an answer `horizon` periods earlier, with that answer in ``_behind``."""
    number, label = "_period", use_case.task.label
    rows = known.assign(**{number: use_case.period.indices(known[use_case.period.column])})
    keys = [*use_case.entity.keys, number]
    behind = rows[[*keys, label]].rename(columns={label: BEHIND})
    behind[number] += use_case.question.horizon
    return rows.merge(behind.drop_duplicates(keys), on=keys, how="inner").drop(columns=number)


def lead_of_each(use_case: LabelledUseCase, rows: pd.DataFrame, names: list[str]) -> dict[str, Interval]:
    """By feature that moves: |correlation with the answer ahead| less |that with the one behind|, with its interval.

    Undefined (NaN) where fewer than 8 entities have the feature, or where one of the answers is always the same.

    Args:
        rows: of :func:`with_answer_behind`.
    """
    units, settings, movement = (
        units_of(use_case, rows),
        use_case.gate.bootstrap,
        _Movement.of(use_case, rows),
    )
    counts = draw(units, settings)
    ahead, behind = (movement(rows[column]) for column in (use_case.task.label, BEHIND))
    leads = {}
    for name in names:
        moved = movement(rows[name])
        if np.isnan(moved).all() or np.nanstd(moved) < STILL:
            continue
        moments = _moments(moved, ahead, behind, units)
        if np.count_nonzero(moments[:, 0]) < FEWEST_UNITS:
            leads[name] = Interval(float("nan"), float("nan"), float("nan"))
            continue
        value = float(_lead(moments.sum(axis=0, keepdims=True))[0])
        leads[name] = percentile_interval(value, _lead(summed(counts, moments)), settings.confidence)
    return leads


class _Movement:
    """Ranks less their entity's and their period's mean."""

    def __init__(self, entities: np.ndarray, periods: np.ndarray) -> None:
        self.entities, self.periods = entities, periods

    @classmethod
    def of(cls, use_case: LabelledUseCase, rows: pd.DataFrame) -> "_Movement":
        entities = rows.groupby(list(use_case.entity.keys), dropna=False).ngroup().to_numpy()
        return cls(entities, rows.groupby(use_case.period.column).ngroup().to_numpy())

    def __call__(self, column: pd.Series) -> np.ndarray:
        """Of the numbers of a column (shape: rows), between -1 and 1; NaN where it has none."""
        values = contract.numbers(column).to_numpy()
        known = ~np.isnan(values)
        moved = np.full(len(values), np.nan)
        ranks = rankdata(values[known]) / max(1, known.sum())
        moved[known] = _without_means(_without_means(ranks, self.entities[known]), self.periods[known])
        return moved


def _without_means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    sums, sizes = np.bincount(groups, values), np.bincount(groups)
    return values - (sums / np.maximum(sizes, 1))[groups]


def _moments(x: np.ndarray, ahead: np.ndarray, behind: np.ndarray, units: Units) -> np.ndarray:
    """The five sums that two correlations are made of, by unit (shape: units x 5), of the rows that know `x`."""
    known = ~np.isnan(x)
    x, ahead, behind, codes = x[known], ahead[known], behind[known], units.codes[known]
    terms = (x * x, ahead * ahead, behind * behind, x * ahead, x * behind)
    return by_unit(np.column_stack(terms), codes, units.count)


def _lead(sums: np.ndarray) -> np.ndarray:
    xx, aa, bb, xa, xb = sums.T
    return share(np.abs(xa), np.sqrt(xx * aa)) - share(np.abs(xb), np.sqrt(xx * bb))
