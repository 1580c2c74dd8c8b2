"""`lakeloop serving manifests`: a step of a rollout for kubectl, or a sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from lakeloop.config import Target, load_target
from lakeloop.config.serving import SeldonServing
from lakeloop_stack.cli.commands import app
from lakeloop_stack.delivery import manifests

SERVING = SeldonServing(
    kind="seldon", models="s3://lake/models", leaves_out=("shadow", "scores", "judgement")
)


@pytest.fixture
def on_seldon(monkeypatch: pytest.MonkeyPatch) -> Target:
    """The target prod, on Seldon Core."""
    target = load_target("prod").model_copy(update={"serving": SERVING})
    monkeypatch.setattr(manifests, "load_target", lambda name: target)
    return target


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["serving", "manifests", "fraud", "--target", "prod", *arguments])


@pytest.mark.parametrize(
    ("arguments", "candidates", "mirror"),
    [
        (("--champion", "3", "--step", "5"), {"prod-fraud-3": 95, "prod-fraud-4": 5}, None),
        (("--champion", "3", "--step", "shadow"), {"prod-fraud-3": 100}, "prod-fraud-4"),
        (("--champion", "3"), {"prod-fraud-4": 100}, None),
        ((), {"prod-fraud-4": 100}, None),
    ],
)
def test_a_step_is_rendered(
    arguments: tuple[str, ...], candidates: dict[str, int], mirror: str | None, on_seldon: Target
) -> None:
    said = _run("--challenger", "4", *arguments)
    assert said.exit_code == 0, said.output
    *_, experiment = yaml.safe_load_all(said.output)
    assert {one["name"]: one["weight"] for one in experiment["spec"]["candidates"]} == candidates
    assert experiment["spec"].get("mirror", {}).get("name") == mirror


def test_a_file_is_written(on_seldon: Target, tmp_path: Path) -> None:
    file = tmp_path / "fraud.yaml"
    assert _run("--challenger", "4", "--output", str(file)).exit_code == 0
    assert [one["kind"] for one in yaml.safe_load_all(file.read_text())] == ["Server", "Model", "Experiment"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--challenger", "latest"), "--challenger is 'latest'"),
        (("--challenger", "4", "--step", "5"), "--champion is None; step 5 needs another version"),
        (("--challenger", "4", "--champion", "4", "--step", "5"), "needs another version"),
        (("--challenger", "4", "--champion", "3", "--step", "half"), "--step is 'half'"),
        (("--challenger", "4", "--champion", "3", "--step", "0"), "--step is '0'"),
    ],
)
def test_what_is_no_step_is_said(arguments: tuple[str, ...], said: str, on_seldon: Target) -> None:
    assert said in str(_run(*arguments).exception)


def test_another_target_is_said() -> None:
    assert "target prod is served by databricks" in str(_run("--challenger", "4").exception)
