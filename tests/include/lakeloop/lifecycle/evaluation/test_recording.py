"""A decision stands on the run, on its parent and in a file."""

import mlflow
from mlflow.tracking import MlflowClient

from lakeloop.lifecycle import registry
from lakeloop.lifecycle.evaluation.gate import Champion, Check, Decision
from lakeloop.lifecycle.evaluation.recording import record
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case


def test_it_is_written_where_the_next_task_and_a_person_look(client: MlflowClient) -> None:
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as run:
        pass
    checks = [
        Check(
            "gate.health.finite", False, "3 predictions are not finite (gate.health.finite)", group="health"
        )
    ]

    record(
        client,
        client.get_run(run.info.run_id),
        use_case(BINARY),
        Decision(checks, Champion("7")),
        {"more": 1},
    )

    tags = client.get_run(run.info.run_id).data.tags
    assert tags[registry.STATUS] == registry.REFUSED
    assert tags[registry.REASON] == "3 predictions are not finite (gate.health.finite)"
    assert tags[registry.COMPARED_WITH] == "7"
    assert tags[registry.HOLDOUT_POLICY] == registry.holdout_policy(use_case(BINARY))
    assert client.get_run(parent.info.run_id).data.tags[registry.STATUS] == registry.REFUSED
    report = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/decision.json")
    assert (report["status"], report["more"]) == ("refused", 1)
    assert report["checks"][0]["group"] == "health"


def test_a_first_model_met_no_champion(client: MlflowClient) -> None:
    with mlflow.start_run() as run:
        pass

    record(client, client.get_run(run.info.run_id), use_case(BINARY), Decision([], Champion(None)), {})

    assert client.get_run(run.info.run_id).data.tags[registry.COMPARED_WITH] == registry.NO_CHAMPION


def test_a_reason_too_long_for_a_tag_is_whole_in_the_file(client: MlflowClient) -> None:
    with mlflow.start_run() as run:
        pass
    decision = Decision([Check("gate.x", False, "x" * 9000, group="health")], Champion(None))

    record(client, client.get_run(run.info.run_id), use_case(BINARY), decision, {})

    assert client.get_run(run.info.run_id).data.tags[registry.REASON] == "x" * 4996 + " ..."
    assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/decision.json")["reasons"] == ["x" * 9000]
