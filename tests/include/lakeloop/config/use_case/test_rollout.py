"""`rollout` of a use case of kind `stream`: what is wrong with it is named."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config import ConfigError, StreamUseCase, load_use_case
from lakeloop.config.loading import SOURCES, USE_CASES


def _loaded(folder: Path, rollout: dict[str, Any] | None) -> StreamUseCase:
    content = yaml.safe_load((USE_CASES / "fraud.yaml").read_text(encoding="utf-8"))
    content.pop("rollout")
    if rollout is not None:
        content["rollout"] = rollout
    (folder / "fraud.yaml").write_text(yaml.safe_dump(content))
    use_case = load_use_case("fraud", folder, SOURCES)
    assert isinstance(use_case, StreamUseCase)
    return use_case


def test_the_shadow_comes_first_and_the_promotion_last(tmp_path: Path) -> None:
    rollout = _loaded(tmp_path, None).rollout

    assert rollout.steps == ("shadow", 5, 25, 100)
    assert rollout.judged_steps == ("shadow", 5, 25)


def test_without_steps_in_between_the_promotion_is_all_there_is(tmp_path: Path) -> None:
    assert _loaded(tmp_path, {"steps": [100]}).rollout.judged_steps == ()


@pytest.mark.parametrize(
    ("rollout", "said"),
    [
        ({"steps": [5, "shadow", 100]}, r"rollout\.steps.*are 5, shadow, 100; the shadow answers nobody"),
        (
            {"steps": ["shadow", 25, 5, 100]},
            r"rollout\.steps.*are shadow, 25, 5, 100; expected percents that rise",
        ),
        ({"steps": [5, 5, 100]}, r"expected percents that rise"),
        ({"steps": ["shadow", 5]}, r"rollout\.steps.*are shadow, 5; expected 100 as the last"),
        ({"steps": [2.5, 100]}, r"rollout\.steps"),
        ({"limits": {"latency": 0.9}}, r"rollout\.limits\.latency"),
        ({"limits": {"p99": 2}}, r"rollout\.limits\.p99"),
        ({"error_rate": 0}, r"rollout\.error_rate"),
        ({"observations": 10}, r"rollout\.observations"),
        ({"undecided": {"canary": "wait"}}, r"rollout\.undecided\.canary"),
    ],
)
def test_what_is_wrong_is_named(rollout: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        _loaded(tmp_path, rollout)
