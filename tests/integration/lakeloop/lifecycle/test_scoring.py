"""Spark's workers answer as the model does here, with the types and nulls that Spark hands them."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xgboost as xgb

from lakeloop.lifecycle.scoring import score_frame, scorer
from tests.include.lakeloop.lifecycle.data import FEATURES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KEYS = ["household_id", "week"]


def test_spark_gives_the_same_probabilities(
    spark: "SparkSession", packed: bytes, households: pd.DataFrame, booster: xgb.Booster
) -> None:
    frame = spark.createDataFrame(households[[*KEYS, *FEATURES]])

    scored = score_frame(frame, packed, KEYS, FEATURES, "p", len(households), most_reasons=2)

    assert dict(scored.dtypes) == {
        "household_id": "bigint",
        "week": "bigint",
        "p": "double",
        "reasons": "array<struct<feature:string,value:double,contribution:double>>",
    }
    found = scored.toPandas().sort_values("household_id")
    assert len(found) == len(households)
    assert np.allclose(found["p"], booster.inplace_predict(households[FEATURES]))
    batch = pa.RecordBatch.from_pandas(households[[*KEYS, *FEATURES]], preserve_index=False)
    [here] = (part.to_pandas() for part in scorer(packed, KEYS, FEATURES, "p", 2)(iter([batch])))
    for theirs, ours in zip(found["reasons"], here["reasons"], strict=True):
        assert [reason["feature"] for reason in theirs] == [reason["feature"] for reason in ours]
        assert [reason["value"] for reason in theirs] == [reason["value"] for reason in ours]
        parts = [reason["contribution"] for reason in ours]
        assert [reason["contribution"] for reason in theirs] == pytest.approx(parts, abs=1e-6)


def test_nulls_decimals_and_infinities_are_read_as_training_read_them(
    spark: "SparkSession", packed: bytes, booster: xgb.Booster
) -> None:
    frame = spark.sql(
        "SELECT 1L AS household_id, 48 AS week, 1.5 AS recency, CAST(NULL AS INT) AS frequency, "
        "CAST('infinity' AS DOUBLE) AS noise"
    )
    same = pd.DataFrame([[1.5, np.nan, np.nan]], columns=FEATURES)

    [row] = score_frame(frame, packed, KEYS, FEATURES, "p", 1).collect()

    assert row["p"] == pytest.approx(float(booster.inplace_predict(same)[0]))
    assert row["reasons"] is None
