"""One version per training run, with the gate's decision on it."""

from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import SCHEMA_DOES_NOT_EXIST
from mlflow.tracking import MlflowClient

from lakeloop.config import load_labelled_use_case
from lakeloop.lifecycle import registry
from tests.include.lakeloop.lifecycle.data import checkerboard


def test_without_a_model_there_is_no_version(client: MlflowClient) -> None:
    assert registry.champion_version(client, "nobody") is None
    assert registry.challenger_version(client, "nobody") is None
    assert registry.find_version(client, "nobody", "1") is None
    assert registry.version_of_run(client, "nobody", "0" * 32) is None


def test_a_passed_run_becomes_the_challenger_with_all_that_is_known(
    client: MlflowClient, model: str, logged: Any
) -> None:
    run_id = logged(
        {"holdout_auc": 0.8612345678, "holdout_rows": 1000.0, "early_stopping_auc": 0.9},
        validation_status="passed",
        validation_reason="good",
        data_versions='{"t": 3}',
        code_revision="abc",
        job_run_id="77",
        **{"mlflow.note.content": "not taken over"},
    )

    version = registry.register(client, model, run_id)

    assert version.run_id == run_id
    assert version.tags == {
        "validation_status": "passed",
        "validation_reason": "good",
        "data_versions": '{"t": 3}',
        "code_revision": "abc",
        "job_run_id": "77",
        "holdout_auc": "0.861235",
        "holdout_rows": "1000",
    }
    assert registry.figures(version.tags) == {"holdout_auc": 0.861235, "holdout_rows": 1000.0}
    challenger = registry.challenger_version(client, model)
    assert challenger is not None
    assert str(challenger.version) == "1"
    assert registry.champion_version(client, model) is None


def test_a_reason_is_cut_where_unity_catalog_would_refuse_it(
    client: MlflowClient, model: str, logged: Any
) -> None:
    run_id = logged(
        {}, validation_status="refused", validation_reason="auc. " * 300, holdout_policy="p" * 1200
    )

    tags = registry.register(client, model, run_id).tags

    assert len(tags["validation_reason"]) == 1000
    assert tags["validation_reason"].endswith("auc. a ...")
    assert tags["holdout_policy"] == "p" * 1200  # it is compared with, so that it must be whole


def test_a_schema_that_is_not_there_holds_no_champion(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_name: str) -> None:
        raise MlflowException("Schema 'dev.churn_ml' does not exist.", error_code=SCHEMA_DOES_NOT_EXIST)

    monkeypatch.setattr(client, "get_registered_model", absent)

    assert registry.champion_version(client, "dev.churn_ml.churn") is None


def test_the_registered_version_is_the_logged_model(
    client: MlflowClient, model: str, logged: Any, booster: Any
) -> None:
    version = registry.register(client, model, logged(validation_status="passed"))
    x, _ = checkerboard(20, seed=8)

    answer = mlflow.pyfunc.load_model(f"models:/{model}/{version.version}").predict(x)

    assert np.allclose(answer, booster.inplace_predict(x))


def test_a_refused_run_is_registered_but_is_no_challenger(
    client: MlflowClient, model: str, logged: Any
) -> None:
    version = registry.register(
        client, model, logged(validation_status="refused", validation_reason="too weak")
    )

    assert version.tags["validation_status"] == "refused"
    assert version.aliases == []
    assert registry.challenger_version(client, model) is None


@pytest.mark.parametrize("tags", [{}, {"validation_status": "pending"}])
def test_a_run_without_a_decision_is_not_registered(
    client: MlflowClient, model: str, logged: Any, tags: dict[str, str]
) -> None:
    with pytest.raises(registry.NotValidatedError, match=r"has no tag validation_status=passed\|refused"):
        registry.register(client, model, logged(**tags))

    assert client.search_registered_models(f"name = '{model}'") == []


def test_registering_twice_makes_one_version(client: MlflowClient, model: str, logged: Any) -> None:
    run_id = logged(validation_status="passed")

    first = registry.register(client, model, run_id)
    again = registry.register(client, model, run_id)

    assert first.version == again.version
    assert len(client.search_model_versions(f"name = '{model}'")) == 1


def test_the_newest_passed_version_waits_for_promotion(client: MlflowClient, model: str, logged: Any) -> None:
    old = logged(validation_status="passed")
    registry.register(client, model, old)
    registry.register(client, model, logged(validation_status="passed"))
    registry.register(client, model, logged(validation_status="refused"))

    registry.register(client, model, old)  # a late re-run takes nothing back

    challenger = registry.challenger_version(client, model)
    assert challenger is not None
    assert str(challenger.version) == "2"


def test_a_champion_does_not_become_challenger_again(client: MlflowClient, model: str, logged: Any) -> None:
    run_id = logged(validation_status="passed")
    registry.register(client, model, run_id)
    client.set_registered_model_alias(model, registry.CHAMPION, "1")
    client.delete_registered_model_alias(model, registry.CHALLENGER)

    registry.register(client, model, run_id)

    assert registry.challenger_version(client, model) is None


def test_an_unknown_run_is_an_error(client: MlflowClient, model: str) -> None:
    with pytest.raises(MlflowException, match="not found"):
        registry.register(client, model, "0" * 32)


def test_a_run_without_a_model_is_an_error_and_leaves_no_version(client: MlflowClient, model: str) -> None:
    with mlflow.start_run(tags={"validation_status": "passed"}) as run:
        pass

    with pytest.raises(MlflowException):
        registry.register(client, model, run.info.run_id)

    assert registry.version_of_run(client, model, run.info.run_id) is None


def test_a_verdict_that_turned_to_refused_takes_the_challenger_back(
    client: MlflowClient, model: str, logged: Any
) -> None:
    run_id = logged({"holdout_auc": 0.9}, validation_status="passed", validation_reason="good")
    registry.register(client, model, run_id)
    client.set_tag(run_id, "validation_status", "refused")
    client.set_tag(run_id, "validation_reason", "holdout AUC 0.7 is below 0.8")
    client.log_metric(run_id, "holdout_auc", 0.7)

    version = registry.register(client, model, run_id)

    assert str(version.version) == "1"
    assert version.tags["validation_status"] == "refused"
    assert version.tags["validation_reason"] == "holdout AUC 0.7 is below 0.8"
    assert registry.figures(version.tags) == {"holdout_auc": 0.7}
    assert registry.challenger_version(client, model) is None


class DiesAtStatus(MlflowClient):
    """Dies when the verdict is about to be written, as a killed task would."""

    def set_model_version_tag(self, name: str, version: Any, key: Any, value: Any, stage: Any = None) -> None:  # type: ignore[override]
        if key == "validation_status":
            raise KeyboardInterrupt
        super().set_model_version_tag(name, version, key, value)


def test_a_crash_leaves_no_pass_without_its_grounds(
    store: str, client: MlflowClient, model: str, logged: Any
) -> None:
    run_id = logged(validation_status="refused", validation_reason="weak", compared_with_champion="1")
    registry.register(client, model, run_id)
    client.set_tag(run_id, "validation_status", "passed")
    client.set_tag(run_id, "compared_with_champion", "2")

    with pytest.raises(KeyboardInterrupt):
        registry.register(DiesAtStatus(store), model, run_id)

    tags = client.get_model_version(model, "1").tags
    assert (tags["validation_status"], tags["compared_with_champion"]) == ("refused", "2")


def test_the_last_attempt_is_the_newest_that_training_registered_refused_or_not(
    client: MlflowClient, model: str, logged: Any
) -> None:
    assert registry.last_attempt(client, model) is None
    registry.register(client, model, logged(validation_status="passed", labelled_through="2017-11-04"))
    registry.register(client, model, logged(validation_status="refused", labelled_through="2017-12-02"))
    client.create_model_version(model, client.get_model_version(model, "1").source or "")  # by hand

    attempt = registry.last_attempt(client, model)

    assert attempt is not None
    assert (str(attempt.version), attempt.tags["labelled_through"]) == ("2", "2017-12-02")


def test_all_versions_are_found_page_by_page(
    client: MlflowClient, model: str, logged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [logged(validation_status="passed", job_run_id=str(number)) for number in range(3)]
    for run_id in runs:
        registry.register(client, model, run_id)
    search = client.search_model_versions
    monkeypatch.setattr(
        client, "search_model_versions", lambda *given, **named: search(*given, **{**named, "max_results": 1})
    )

    oldest = registry.version_of_run(client, model, runs[0])

    assert oldest is not None
    assert str(oldest.version) == "1"
    assert [str(v.version) for v in registry.versions_of_job_run(client, model, "0")] == ["1"]


def test_the_holdout_policy_follows_the_question_and_the_split() -> None:
    churn = load_labelled_use_case("churn")
    longer = churn.model_copy(update={"split": churn.split.model_copy(update={"holdout": 12})})

    assert registry.holdout_policy(churn) == (
        "last 9 periods (week, from 2017-01-01, America/New_York), active 8, horizon 4, churned by auc"
    )
    assert registry.holdout_policy(longer) != registry.holdout_policy(churn)
