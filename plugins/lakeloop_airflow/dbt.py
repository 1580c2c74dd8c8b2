"""The dbt project as cosmos wants it: each model and each model's tests a task, one dbt process behind them.

The graph comes from the manifest (nothing runs dbt at parse time); the WATCHER mode runs one ``dbt build`` and gives
each model a deferred task that follows its node, so a project of ten models costs one start of dbt instead of twenty.
Sources are no tasks of it: their tests run first in the same build, their age is looked at before it.

What a retry does: a model or test that failed is run again on its own, and fails for good when it fails again; nothing
behind it runs. When the worker of the one dbt process dies, that task is skipped at its retry, and each model or
test that has not ended runs on its own.
"""

import json
import os
from pathlib import Path
from typing import Any

from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, LoadMode, SourceRenderingBehavior, TestBehavior

from lakeloop.config import Target, UseCase
from lakeloop.config.dbt import dbt_environment
from lakeloop_airflow.defaults import DATABRICKS

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
# `lakeloop up` and the image make it; an Airflow of another kind names its own, which its deployment makes.
MANIFEST = Path(os.environ.get("LAKELOOP_DBT_MANIFEST") or PROJECT / "target" / "manifest.json")


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
            manifest_path=MANIFEST,
            install_dbt_deps=False,
            env_vars={**ENVIRONMENT, **dbt_environment()},
        ),
        "profile_config": ProfileConfig(
            profile_name="lakeloop", target_name=target.name, profiles_yml_filepath=PROJECT / "profiles.yml"
        ),
        "render_config": RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            select=[f"+path:models/{use_case.name}"],  # and the sources that they read
            test_behavior=TestBehavior.AFTER_EACH,
            source_rendering_behavior=SourceRenderingBehavior.NONE,
            emit_datasets=False,  # the DAG announces one asset when all of it has passed
        ),
        "execution_config": ExecutionConfig(execution_mode=ExecutionMode.WATCHER),
        # Up to eight tasks follow the one dbt process at once; each look is three questions to Airflow's API.
        "operator_args": {
            "poke_interval": 2 * target.poll_seconds,
            "full_refresh": "{{ params.full_refresh }}",
        },
    }


def missing_models(use_case: UseCase, manifest: Path = MANIFEST) -> list[str]:
    """Sentences about models that a use case needs and dbt does not know; empty when all is well."""
    if not manifest.exists():
        return [
            f"{manifest} is missing: run `dbt parse` in {PROJECT}, or let LAKELOOP_DBT_MANIFEST name one that is there"
        ]
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    needed = dict.fromkeys(use_case.models_of_tables.values())
    return [
        f"no dbt model {name}: expected in dbt_project/models/{use_case.name}/gold/{name}.sql"
        for name in needed
        if f"model.lakeloop.{name}" not in nodes
    ]
