"""Reports of fraud: late, not always, and sometimes wrong."""

from datetime import timedelta

import numpy as np
import pandas as pd

from .events import DAY_S, EPOCH, Kind
from .streams import Purpose, stream

MEDIAN_DAYS = 4.0
SIGMA = np.log(14 / MEDIAN_DAYS) / 1.645  # of the logarithm: 95 % come within 14 days
NEVER = 0.04  # share of frauds that nobody reports
FALSE = 0.00012  # share of honest payments that are reported
KINDS = np.array(["cardholder", "issuer", "merchant"], dtype=object)
BY = np.array([0.72, 0.22, 0.06])  # who reports
NONE = np.empty(0), np.empty(0, dtype=np.int64)


def reports(seed: int, transactions: pd.DataFrame, kind: np.ndarray, second: np.ndarray) -> pd.DataFrame:
    """What is ever reported about payments.

    Args:
        transactions: sorted by time, whole days.
        kind: see `Kind`, of each payment.
        second: since 1970, of each payment, ascending.

    Returns:
        transaction_id, reported_at (UTC, ms) and kind, who reports; sorted by reported_at and transaction_id.
    """
    days = np.floor(second / DAY_S).astype(int)
    parts = [NONE, *(_of_day(seed, int(day), kind[days == day]) for day in np.unique(days))]
    delay, by = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    told = np.isfinite(delay)
    at = pd.to_datetime(((second + delay)[told] * 1000).astype(np.int64), unit="ms", utc=True)
    frame = pd.DataFrame(
        {
            "transaction_id": transactions["transaction_id"].to_numpy()[told],
            "reported_at": at.astype("datetime64[ms, UTC]"),
            "kind": KINDS[by[told]],
        }
    )
    return frame.sort_values(["reported_at", "transaction_id"], ignore_index=True)


def _of_day(seed: int, day: int, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds until the report of each payment, infinite where there is none, and who reports."""
    rng = stream(seed, Purpose.REPORTS, EPOCH + timedelta(days=day))
    told = rng.random(len(kind)) < np.where(kind == Kind.HONEST, FALSE, 1 - NEVER)
    delay = DAY_S * rng.lognormal(np.log(MEDIAN_DAYS), SIGMA, len(kind))
    return np.where(told, delay, np.inf), rng.choice(len(KINDS), len(kind), p=BY)
