"""Every feature of every use case says what it is, whose it is, and what it is computed with."""

import pytest

from lakeloop.config import LabelledUseCase, load_labelled_use_case, load_use_cases
from lakeloop_stack.authoring.contracts import About, contracts
from tests.dbt_project.conftest import PROJECT

LABELLED = [use_case.name for use_case in load_use_cases() if isinstance(use_case, LabelledUseCase)]


def declared(name: str) -> dict[str, About]:
    use_case = load_labelled_use_case(name)
    about = contracts(PROJECT, use_case)[use_case.models_of_tables["features"]].about
    return {feature: about[feature] for feature in use_case.feature_names(list(about))}


def test_there_are_use_cases() -> None:
    assert {"churn", "demand"} <= set(LABELLED)


@pytest.mark.parametrize("name", LABELLED)
def test_each_feature_has_description_owner_and_group(name: str) -> None:
    features = declared(name)
    assert len(features) > 10
    assert [feature for feature, about in features.items() if not about.description] == []
    assert [feature for feature, about in features.items() if not about.owner] == []
    assert [feature for feature, about in features.items() if not about.group] == []
