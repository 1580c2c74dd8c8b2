"""Use cases of kind `stream`: what is said of events has to fit the source, and dbt's contract the features."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from eventfeatures import Engine
from lakeloop.config import ConfigError, StreamUseCase, load_source, load_use_case
from lakeloop.config.loading import SOURCES, USE_CASES
from lakeloop.config.source import EventSource
from lakeloop.config.use_case.stream import definition, namespace

CONTRACT = Path(__file__).parents[5] / "dbt_project" / "models" / "fraud" / "_fraud.yml"
Change = Callable[[dict[str, Any]], object]


def _fraud() -> tuple[StreamUseCase, EventSource]:
    use_case, source = load_use_case("fraud"), load_source("cards")
    assert isinstance(use_case, StreamUseCase)
    assert isinstance(source, EventSource)
    return use_case, source


def test_time_and_id_of_an_event_are_the_sources() -> None:
    plain = definition(*_fraud())

    assert (plain["time"], plain["id"]) == ("event_time", "transaction_id")
    assert Engine(plain).entities == ["card", "merchant"]


def test_the_contract_of_the_features_has_the_columns_that_are_computed() -> None:
    engine = Engine(definition(*_fraud()))
    models = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["models"]
    [columns] = [model["columns"] for model in models if model["name"] == "fraud__features"]

    named = [column["name"] for column in columns if column["name"] not in ("transaction_id", "as_of")]

    computed = [*engine.own.names, *engine.of("card").names, *engine.of("merchant").names]
    assert named == computed


def test_a_definition_of_other_states_has_a_namespace_of_its_own() -> None:
    use_case, source = _fraud()
    features = use_case.stream.features
    fewer = tuple(one for one in features if one["name"] != "card_count_1h")
    stateless = tuple(one for one in features if one["name"] != "amount")

    def named(features: Sequence[Any]) -> str:
        stream = use_case.stream.model_copy(update={"features": features})
        return namespace(use_case.model_copy(update={"stream": stream}), source)

    assert named(fewer) != named(features)
    assert named(stateless) == named(features)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda fraud: fraud["stream"].update(events="payments"),
            r"has no table 'payments'; it has transactions",
        ),
        (
            lambda fraud: fraud["stream"].update(events="reports"),
            r"amount reads 'amount', which is no column of reports",
        ),
        (lambda fraud: fraud.update(source="retail"), r"retail is no source of kind events"),
        (
            lambda fraud: fraud["stream"]["entities"].update(event={"key": "card_id"}),
            r"event is the name of a table",
        ),
        (
            lambda fraud: fraud["stream"]["features"][0].update(of="amuont"),
            r"stream\.features: amount reads 'amuont', which is no column of transactions",
        ),
        (
            lambda fraud: fraud["stream"]["features"][0].update(kind="valeu"),
            r"stream\.features\[0\] \(amount\): kind is 'valeu'",
        ),
    ],
)
def test_what_is_wrong_is_named(change: Change, said: str, tmp_path: Path) -> None:
    content = yaml.safe_load((USE_CASES / "fraud.yaml").read_text(encoding="utf-8"))
    change(content)
    (tmp_path / "fraud.yaml").write_text(yaml.safe_dump(content))

    with pytest.raises(ConfigError, match=said):
        load_use_case("fraud", tmp_path, SOURCES)
