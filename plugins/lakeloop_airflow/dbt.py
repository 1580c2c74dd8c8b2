"""The dbt project as cosmos wants it: each model and each model's tests a task, one dbt process behind them.

The graph comes from the manifest (nothing runs dbt at parse time); the WATCHER mode runs one ``dbt build`` and gives
each model a deferred task that follows its node, so a project of ten models costs one start of dbt instead of twenty.

What a retry does: a model or test that failed is run again on its own, and fails for good when it fails again; nothing
behind it runs. When the worker of the one dbt process dies, that task is skipped at its retry, and each model or
test that has not ended runs on its own.
"""

import logging
import os
from pathlib import Path
from typing import Any

from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, LoadMode, SourceRenderingBehavior, TestBehavior

from lakeloop.config import Target, UseCase
from lakeloop_airflow.defaults import DATABRICKS

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
# `lakeloop up` and the image make it; an Airflow of another kind names its own, which its deployment makes.
MANIFEST = Path(os.environ.get("LAKELOOP_DBT_MANIFEST") or PROJECT / "target" / "manifest.json")
log = logging.getLogger(__name__)


# Rendered when a task runs, so that the connection says where the warehouse is, and not the scheduler's environment.
ENVIRONMENT = {
    # Their input is fixed: they tell about changes of code (`dbt build`, `make test`), not about new data.
    "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
    **{
        name: f"{{{{ macros.lakeloop.workspace_variable('{DATABRICKS}', '{name}') }}}}"
        for name in (
            "DATABRICKS_HOST",
            "DATABRICKS_TOKEN",
            "DATABRICKS_CLIENT_ID",
            "DATABRICKS_CLIENT_SECRET",
        )
    },
}


def dbt_arguments(use_case: UseCase, target: Target) -> dict[str, Any]:
    """Arguments of a ``DbtTaskGroup`` with the models of one use case."""
    return {
        "project_config": ProjectConfig(
            dbt_project_path=PROJECT,
            manifest_path=MANIFEST if MANIFEST.exists() else None,
            install_dbt_deps=False,
            env_vars=ENVIRONMENT,
        ),
        "profile_config": ProfileConfig(
            profile_name="lakeloop", target_name=target.name, profiles_yml_filepath=PROJECT / "profiles.yml"
        ),
        "render_config": RenderConfig(
            load_method=_load_method(),
            select=[f"path:models/{use_case.name}"],
            test_behavior=TestBehavior.AFTER_EACH,
            source_rendering_behavior=SourceRenderingBehavior.WITH_TESTS_OR_FRESHNESS,
            emit_datasets=False,  # the DAG announces one asset when all of it has passed
        ),
        "execution_config": ExecutionConfig(execution_mode=ExecutionMode.WATCHER),
        # Up to eight tasks follow the one dbt process at once; each look is three questions to Airflow's API.
        "operator_args": {
            "poke_interval": 2 * target.poll_seconds,
            "full_refresh": "{{ params.full_refresh }}",
        },
    }


def _load_method() -> LoadMode:
    """The manifest; without one, dbt itself is asked while the DAG file is parsed, which works but takes its time."""
    if MANIFEST.exists():
        return LoadMode.DBT_MANIFEST
    log.warning(
        "%s does not exist: dbt lists its models at each parse of this DAG file. Run dbt parse when you deploy, "
        "and let LAKELOOP_DBT_MANIFEST name the manifest.json that it writes.",
        MANIFEST,
    )
    return LoadMode.DBT_LS
