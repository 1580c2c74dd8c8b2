"""Seconds are measured on real Spark: a dear group of columns is told from a cheap one."""

from typing import TYPE_CHECKING

from lakeloop.lifecycle.importance.cost import group_costs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEAR = "sha2(repeat(cast(id as string), 3000), 512)"
QUERY = f"SELECT id, id + 1 AS cheap, {DEAR} AS dear FROM range(0, 60000, 1, 2)"


def test_leaving_a_dear_group_out_saves_most_of_the_query(spark: "SparkSession") -> None:
    found = group_costs(spark, QUERY, ["id"], {"one": ["cheap"], "other": ["dear"]}, runs=3)

    assert found.keys() == {"all", "noise", "one", "other"}
    assert found["other"] > 0.5 * found["all"]
    assert found["one"] < 0.5 * found["other"]
