"""Manifests for Seldon Core of one step of a rollout."""

from lakeloop.config import ConfigError, load_target, load_use_case
from lakeloop.config.serving import SeldonServing
from lakeloop.config.use_case.rollout import SHADOW
from lakeloop.lifecycle.serving.endpoint import Traffic
from lakeloop.lifecycle.serving.seldon.manifests import ALL, manifests, rendered


def step_manifests(use_case: str, target: str, champion: str | None, challenger: str, step: str) -> str:
    """YAML. Raises ConfigError for a target that is not on Seldon Core, and for a step or version that is none."""
    found, where = load_use_case(use_case), load_target(target)
    settings = where.serving
    if not isinstance(settings, SeldonServing):
        kind = settings.kind if settings else "nothing"
        raise ConfigError(
            f"target {target} is served by {kind}; manifests need `serving: {{kind: seldon, ...}}`"
        )
    traffic = _traffic(champion, challenger, step)
    return rendered(manifests(settings, where.endpoint_name(found), where.model_name(found), traffic))


def _traffic(champion: str | None, challenger: str, step: str) -> Traffic:
    for name, version in (("--champion", champion), ("--challenger", challenger)):
        if version is not None and not version.isdigit():
            raise ConfigError(f"{name} is {version!r}, expected the number of a version")
    if step == str(ALL):
        return Traffic({challenger: ALL})
    if champion is None or champion == challenger:
        raise ConfigError(
            f"--champion is {champion}; step {step} needs another version that answers the rest"
        )
    if step == SHADOW:
        return Traffic({champion: ALL}, (challenger,))
    if not step.isdigit() or not 0 < int(step) < ALL:
        raise ConfigError(f"--step is {step!r}, expected {SHADOW} or a percent from 1 to {ALL}")
    return Traffic({champion: ALL - int(step), challenger: int(step)})
