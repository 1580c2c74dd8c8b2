"""A person approves or rejects; the ledger knows a rejection, and the promotion who approved."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop_airflow.macros import APPROVED, NotApprovedError, approval
from lakeloop_airflow.operators import approval as operators
from lakeloop_airflow.operators.approval import ApproveVersionOperator
from tests.include.lakeloop.lifecycle.deployment.memory import MemoryLedger


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> MemoryLedger:
    """A ledger in memory, for the one behind a warehouse."""
    import lakeloop.lifecycle.deployment.delta_ledger as delta

    kept = MemoryLedger()
    monkeypatch.setattr(delta, "ledger_of", lambda run, use_case: kept)
    monkeypatch.setattr(operators, "warehouse", lambda *where: None)
    return kept


def asked(use_case: UseCase, target: Target, version: str, allowed: Any = True) -> ApproveVersionOperator:
    asking = target.model_copy(update={"approval": allowed})
    return ApproveVersionOperator(
        task_id="approve", use_case=use_case, target=asking, version=version, reason="AUC 0.86 is enough"
    )


def answer(option: str) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": "jane", "name": "jane"},
    }


def test_a_rejection_is_a_refusal_by_the_person_who_answered(
    use_case: UseCase, target: Target, client: MlflowClient, version: Any, model: str, ledger: MemoryLedger
) -> None:
    number = version(validation_status="passed")

    asked(use_case, target, number).execute_complete({}, answer("Reject"))

    [row] = ledger.rows(model)
    assert (row.event, row.to_version, row.who, row.why) == ("refusal", number, "jane", "AUC 0.86 is enough")
    assert row.refusal == "rejected by jane"


def test_an_approval_leaves_the_ledger_to_the_promotion(
    use_case: UseCase, target: Target, client: MlflowClient, version: Any, model: str, ledger: MemoryLedger
) -> None:
    asked(use_case, target, version()).execute_complete({}, answer("Approve"))

    assert ledger.rows(model) == []


def test_only_those_may_answer_whom_the_target_names(use_case: UseCase, target: Target) -> None:
    assert asked(use_case, target, "1").assigned_users is None
    assert asked(use_case, target, "1", ("jane",)).assigned_users == [{"id": "jane", "name": "jane"}]


@pytest.mark.parametrize(
    ("tasks", "said"), [(("promote",), ""), (("approve", "promote"), ", approved by jane")]
)
def test_who_approved_ends_the_sentence_of_who_promoted(tasks: tuple[str, ...], said: str) -> None:
    dag = SimpleNamespace(task_ids=tasks)
    ti = SimpleNamespace(task=SimpleNamespace(dag=dag), xcom_pull=lambda task_ids: answer("Approve"))

    assert approval(ti) == said


@pytest.mark.parametrize("found", [None, answer("Reject")])
def test_a_question_that_was_marked_as_answered_is_no_approval(found: Any) -> None:
    dag = SimpleNamespace(task_ids=("approve", "promote"), dag_id="churn_deploy")
    ti = SimpleNamespace(task=SimpleNamespace(dag=dag), xcom_pull=lambda task_ids: found)

    with pytest.raises(NotApprovedError, match="task approve of churn_deploy holds no approval"):
        approval(ti)


def test_what_counts_as_approved_is_what_airflow_answers() -> None:
    assert [ApproveVersionOperator.APPROVE] == APPROVED
