"""Where things lie in each target."""

import pytest

from lakeloop.config import load_source, load_target, load_use_case

churn, retail = load_use_case("churn"), load_source("retail")


def test_addresses_of_a_source_and_a_use_case() -> None:
    local = load_target("local")

    assert local.landing_uri(retail) == "s3://lakeloop/landing/retail"
    assert local.checkpoint_uri(retail, "products") == "s3://lakeloop/checkpoints/retail/products"
    assert local.scores_uri(churn) == "s3://lakeloop/scores/churn"
    assert local.notebook("train") == "/Workspace/Shared/lakeloop/files/jobs/notebooks/train"
    assert local.wheel.startswith("/Workspace/Shared/lakeloop/lakeloop-")


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(KeyError, match="source retail has no table 'orders'; it has transactions"):
        load_target("local").checkpoint_uri(retail, "orders")


def test_the_model_lives_in_unity_catalog_where_there_is_one() -> None:
    assert load_target("local").model_name(churn) == "churn"
    assert load_target("prod").model_name(churn) == "prod.churn_ml.churn"
