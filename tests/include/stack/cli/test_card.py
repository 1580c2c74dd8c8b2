"""`lakeloop card` finds the version that was meant."""

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config import load_target, load_use_case
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.report.writing import NoCardError, read_card
from lakeloop_stack.cli.card import NoVersionError, find_version
from tests.include.lakeloop.lifecycle.conftest import (  # noqa: F401
    Logged,
    booster,
    client,
    logged,
    store,
)


def test_the_champions_card_or_that_of_a_version(client: MlflowClient, logged: Logged) -> None:  # noqa: F811
    use_case, target = load_use_case("demand"), load_target("local")
    model = target.model_name(use_case)
    with pytest.raises(NoVersionError, match=f"model {model} has no champion yet; name a version"):
        find_version(use_case, target, None)
    for text in ("# One", "# Two"):
        run_id = logged(validation_status="passed", validation_reason="good")
        with mlflow.start_run(run_id=run_id):
            mlflow.log_text(text, "model_card.md")
        registry.register(client, model, run_id)
    client.set_registered_model_alias(model, "champion", "1")

    assert read_card(find_version(use_case, target, None)) == "# One"
    assert read_card(find_version(use_case, target, "2")) == "# Two"
    with pytest.raises(NoVersionError, match=f"model {model} has no version 3"):
        find_version(use_case, target, "3")
    with pytest.raises(NoCardError, match=r"has no model_card\.html in its run"):
        read_card(find_version(use_case, target, "2"), "model_card.html")
