"""Names and addresses of the assets that chain the DAGs."""

import warnings

from lakeloop.config import UseCase, load_source
from lakeloop_airflow import assets


def test_names_and_addresses_are_the_use_cases_own(use_case: UseCase) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Airflow warns about an address that it would change
        silver = assets.silver(load_source(use_case.source))
        made = [
            make(use_case)
            for make in (
                assets.features,
                assets.validated_model,
                assets.champion,
                assets.standing_champion,
                assets.scores,
            )
        ]

    assert [asset.name for asset in made] == [
        "churn_features",
        "churn_validated_model",
        "churn_champion",
        "churn_standing_champion",
        "churn_scores",
    ]
    assert made[0].uri == "x-lakeloop://churn/features"
    assert (silver.name, silver.uri) == ("retail_silver", "x-lakeloop://retail/silver")
    assert {asset.group for asset in made} == {"churn"}
