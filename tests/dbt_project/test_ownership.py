"""Every feature of every use case says what it is, whose it is, and what it is computed with."""

import pytest

from lakeloop.config import load_use_case
from lakeloop.config.loading import use_case_names
from lakeloop_stack.authoring.contracts import About, contracts
from tests.dbt_project.conftest import PROJECT


def declared(name: str) -> dict[str, About]:
    use_case = load_use_case(name)
    about = contracts(PROJECT, use_case)[f"{name}__{use_case.tables.features}"].about
    return {feature: about[feature] for feature in use_case.feature_names(list(about))}


def test_there_are_use_cases() -> None:
    assert {"churn", "demand"} <= set(use_case_names())


@pytest.mark.parametrize("name", use_case_names())
def test_each_feature_has_description_owner_and_group(name: str) -> None:
    features = declared(name)
    assert len(features) > 10
    assert [feature for feature, about in features.items() if not about.description] == []
    assert [feature for feature, about in features.items() if not about.owner] == []
    assert [feature for feature, about in features.items() if not about.group] == []
