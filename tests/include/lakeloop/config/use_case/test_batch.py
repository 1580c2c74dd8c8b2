"""A use case of kind batch: names that everything else is built on, and wrong values named with their key."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from lakeloop.config import ConfigError, load_labelled_use_case
from lakeloop.config.loading import USE_CASES

churn_use_case = load_labelled_use_case("churn")


def test_the_limits_of_the_gate_are_not_trivial() -> None:
    assert churn_use_case.gate.floors["auc"] == ">= 0.83"
    assert churn_use_case.gate.baselines.margin > 0


def test_tables_are_schema_dot_table_without_a_catalog() -> None:
    assert churn_use_case.gold("training_set") == "churn_gold.training_set"
    assert churn_use_case.ml("scores") == "churn_ml.scores"


def test_a_row_is_known_by_entity_and_period() -> None:
    assert churn_use_case.keys == ("household_id", "as_of")


def test_features_are_all_columns_but_keys_technical_and_excepted_ones() -> None:
    columns = ["household_id", "as_of", "spend_4w", "gap_max", "churned", "_ingested_at"]

    assert churn_use_case.feature_names(columns) == ["spend_4w", "gap_max"]
    without = churn_use_case.model_copy(
        update={"features": churn_use_case.features.model_copy(update={"without": ("gap_max",)})}
    )
    assert without.feature_names(columns) == ["spend_4w"]


def test_a_use_case_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        churn_use_case.retries = 7


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ("tables",),
            {"training_set": "features"},
            r"tables: .*features, labels, features; expected three names",
        ),
        (("baselines", 0, "name"), "champion", r"baselines\.0\.name: 'champion' is taken"),
        (("baselines", 0, "name"), "XGBoost", r"'XGBoost' is taken; .* candidate, champion, XGBoost"),
        (
            ("gate", "floors", "auc"),
            "<= 0.80",
            r"auc is '<= 0\.80', expected >= and a number: the higher, the better",
        ),
        (("gate", "baselines", "margin"), float("nan"), r"gate\.baselines\.margin: nan is wrong"),
        (
            ("gate", "slices"),
            {"floors": {"auc": ">= 0.7"}},
            r"gate\.slices: .*floors limits slices, but columns names none",
        ),
        (("retrys",), 3, r"retrys: unknown key \(value 3\); did you mean retries\?"),
        (("retries",), 2.5, r"retries: 2.5 is wrong: Input should be a valid integer"),
        (("retries",), True, r"retries: True is wrong"),
        (("tags",), "retail", r"tags: 'retail' is wrong"),
        (("entity", "keys"), {}, r"entity\.keys: {} is wrong"),
        (("entity", "keys"), {"household_id": "bigit"}, r"entity\.keys\.household_id: 'bigit'"),
        (
            ("entity", "keys"),
            {"household_id": "array<bigint>"},
            r"entity\.keys\.household_id: 'array<bigint>': a key is joined, grouped and partitioned on, expected one",
        ),
        (
            ("entity", "keys"),
            {"household_id": "map<string,int>"},
            r"household_id: 'map<string,int>': a key is",
        ),
        (("entity", "keys"), {"household_id": "struct<a:int>"}, r"household_id: 'struct<a:int>': a key is"),
        (
            ("entity", "keys"),
            {"household_id": "interval day"},
            r"household_id: 'interval day': 'interval' is no type",
        ),
        (("entity", "keys"), {"household_id": "variant"}, r"household_id: 'variant': 'variant' is no type"),
        (("entity", "noun"), ["household"], r"entity\.noun: \['household'\] is wrong"),
        (("period", "first"), "soon", r"period\.first: 'soon' is wrong"),
        (("period", "unit"), "weeks", r"period\.unit: 'weeks' is not allowed; .*'week'"),
        (("period", "timezone"), "EDT5", r"period\.timezone: 'EDT5': is no time zone"),
        (("period", "column"), "household_id", "household_id is named twice among keys"),
        (("question", "horizont"), 4, r"question\.horizont: unknown key \(value 4\); did you mean horizon\?"),
        (("split", "gap"), 3, r"split\.gap is 3, expected at least question\.horizon \(4\)"),
        (("features", "form"), "contract", r"features\.form: unknown key .* did you mean from\?"),
        (("score", "cron"), "61 3 * * *", r"score\.cron: '61 3 \* \* \*': "),
        (("timeouts", "train"), 0, r"timeouts\.train: 0 is wrong"),
        (("gate", "floors"), {}, r"gate\.floors: {} is wrong"),
        (("gate", "floors"), {"auc": 0.8}, r"gate\.floors\.auc: 0.8 is wrong"),
        (("gate", "floors"), {"auc": "> 0.8"}, r"gate\.floors\.auc: '> 0.8': is no limit, expected >= or <="),
        (
            ("gate", "floors"),
            {"acu": ">= 0.8"},
            r"gate\.floors\.acu.*is not allowed; allowed values are 'auc'",
        ),
        (
            ("gate", "floors"),
            {"wape": "<= 0.3"},
            r"gate\.floors: wape is no metric of a binary task; allowed are auc",
        ),
        (("gate", "compare_by"), "mae", r"gate\.compare_by: mae is no metric of a binary task"),
        (
            ("gate", "champion"),
            {"not_distinguishable": "maybe"},
            r"not_distinguishable: 'maybe' is not allowed",
        ),
        (
            ("task",),
            {"label": "churned", "prediction": "p"},
            r"task\.kind: missing; allowed values are binary, regression",
        ),
        (
            ("task", "kind"),
            "multiclass",
            r"task\.kind: 'multiclass' is not allowed; .*'binary', 'regression'",
        ),
        (
            ("models",),
            [{"kind": "lstm"}],
            r"models\.0\.kind: 'lstm' is not allowed; .*'xgboost', 'hist_gradient_boosting', 'linear'",
        ),
        (
            ("models", 0, "params"),
            {"n_estimators": "many"},
            r"models\.0\.params: n_estimators is 'many', expected a whole number from 1 on, for example 500",
        ),
        (("models", 0, "params", "n_estimators"), 0, r"params: n_estimators is 0, expected a whole number"),
        (("models", 0, "params", "n_estimators"), True, r"params: n_estimators is True, expected a whole"),
        (
            ("models", 0, "params", "early_stopping_rounds"),
            2.5,
            r"early_stopping_rounds is 2\.5, expected a whole",
        ),
        (
            ("models", 0, "params", "early_stopping_rounds"),
            -1,
            r"early_stopping_rounds is -1, expected a whole",
        ),
        (("models", 1, "params"), {"beta": 1}, r"models\.1\.params.*beta"),
        (("baselines",), [], r"baselines: \[\] is wrong"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else str(value)[:20],
)
def test_a_wrong_value_names_key_and_value(
    path: tuple[str | int, ...], value: Any, said: str, churn: dict[str, Any], write: Any
) -> None:
    part: Any = churn
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value

    with pytest.raises(ConfigError, match=said) as error:
        load_labelled_use_case("churn", write(churn))

    assert "churn.yaml: " in str(error.value)


def test_in_a_regression_a_rule_is_the_prediction_itself(write: Any) -> None:
    demand = yaml.safe_load((USE_CASES / "demand.yaml").read_text(encoding="utf-8"))
    rule = {"kind": "rule", "name": "r", "feature": "units", "higher_is": "unlikelier", "nulls": 0.0}

    with pytest.raises(
        ConfigError, match="higher_is of 'r' is 'unlikelier', expected 'likelier': in a regression"
    ):
        load_labelled_use_case("churn", write({**demand, "baselines": [rule]}))


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("household_id", r"baselines\.0\.feature: 'household_id' is a key of the entity; expected a column"),
        ("as_of", r"baselines\.0\.feature: 'as_of' is the period; expected a column with numbers"),
        (
            "churned",
            r"baselines\.0\.feature: 'churned' is the label, which a rule cannot know; expected a column",
        ),
    ],
)
def test_a_rule_goes_by_a_feature(column: str, said: str, churn: dict[str, Any], write: Any) -> None:
    churn["baselines"][0]["feature"] = column

    with pytest.raises(ConfigError, match=said):
        load_labelled_use_case("churn", write(churn))


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ({"kind": "rule", "name": "r", "feature": "x"}, r"baselines\.0\.nulls: missing"),
        (
            {"kind": "rule", "name": "r", "featuer": "x", "nulls": 0.0},
            r"baselines\.0\.featuer: .* mean feature\?",
        ),
        (
            {"kind": "seasonal_naive", "name": "s", "lag": 3, "missing": 0.0},
            r"lag of 's' is 3, expected at least question\.horizon \(4\)",
        ),
    ],
)
def test_a_wrong_baseline_names_its_key(
    baseline: dict[str, Any], said: str, churn: dict[str, Any], write: Any
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_labelled_use_case("churn", write({**churn, "baselines": [baseline]}))
