"""Use cases of kind `ranking`: what the kind derives from its YAML, and what it refuses by name."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import rankstream
from lakeloop.config import (
    ConfigError,
    LabelledUseCase,
    RankingUseCase,
    load_labelled_use_case,
    load_use_case,
)
from lakeloop.config.loading import SOURCES, USE_CASES

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def recommend() -> RankingUseCase:
    use_case = load_use_case("recommend")
    assert isinstance(use_case, RankingUseCase)
    return use_case


def test_one_table_has_all_roles(recommend: RankingUseCase) -> None:
    tables = {recommend.gold(role) for role in recommend.models_of_tables}

    assert tables == {"recommend_gold.interactions"}
    assert set(recommend.models_of_tables.values()) == {"recommend__interactions"}


def test_the_package_knows_its_settings_and_the_questions_horizon(recommend: RankingUseCase) -> None:
    assert rankstream.settings_of(recommend.settings).horizon_days == 7 * recommend.question.horizon


def test_a_period_is_answered_when_the_horizon_has_passed(recommend: RankingUseCase) -> None:
    assert recommend.answered_after == recommend.question.horizon


def test_what_its_scores_say(recommend: RankingUseCase) -> None:
    assert recommend.answers == {"rank": "int", "product_category": "string", "score": "double"}


def test_a_period_ends_at_midnight_of_its_time_zone(recommend: RankingUseCase) -> None:
    assert recommend.period.ends_at(0) == datetime(2017, 1, 8, 5, tzinfo=UTC)
    assert recommend.period.newest_over_at(recommend.period.ends_at(20)) == 20


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: it.update(task={"kind": "binary"}), r"task: unknown key"),
        (lambda it: it.update(models=[{"kind": "xgboost"}]), r"models: unknown key"),
        (lambda it: it.update(search={"kind": "random"}), r"search: unknown key"),
        (lambda it: it["score"].update(reasons=3), r"score\.reasons: unknown key"),
        (lambda it: it["split"].update(gap=1), r"split\.gap: unknown key"),
        (lambda it: it["gate"]["floors"].update(auc=">= 0.8"), r"gate\.floors.*auc"),
        (lambda it: it["gate"]["floors"].update(coverage="<= 0.5"), r"would let only bad models pass"),
        (
            lambda it: it["period"].update(unit="month"),
            r"period\.unit is month; a ranking asks about whole days",
        ),
        (
            lambda it: it["entity"].update(keys={"household_id": "bigint", "store_id": "bigint"}),
            r"entity\.keys are household_id, store_id; a ranking needs one column",
        ),
        (lambda it: it["ranking"].update(group="product_category"), r"product_category is named twice"),
        (lambda it: it["baselines"].append("habit"), r"habit is named twice"),
        (lambda it: it["ranking"].update(settings={"horizon_days": 3}), r"follows from question\.horizon"),
        (lambda it: it["ranking"].update(settings={"factorz": 3}), r"factorz.*known are .*factors"),
        (lambda it: it["ranking"].update(settings={"factors": -1}), r"setting factors is -1"),
    ],
)
def test_what_is_wrong_is_named(change: Change, said: str, tmp_path: Path) -> None:
    content = yaml.safe_load((USE_CASES / "recommend.yaml").read_text(encoding="utf-8"))
    change(content)
    (tmp_path / "recommend.yaml").write_text(yaml.safe_dump(content))

    with pytest.raises(ConfigError, match=said):
        load_use_case("recommend", tmp_path, SOURCES)


def test_what_needs_labels_refuses_it_by_name() -> None:
    assert isinstance(load_labelled_use_case("churn"), LabelledUseCase)
    with pytest.raises(ConfigError, match=r"recommend\.yaml: kind: ranking .* expected batch or stream"):
        load_labelled_use_case("recommend")
