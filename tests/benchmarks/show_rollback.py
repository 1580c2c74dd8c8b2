"""Three versions are promoted, five processes are killed on the way, two rollbacks follow; alias and ledger are shown.

Run it where `eval "$(lakeloop env)"` has been said: ``python tests/benchmarks/show_rollback.py``. It makes a use case
of its own on the stack, with small models, and takes its tables away at the end. Ends with exit code 1 when what it
shows is wrong.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import mlflow
import pandas as pd
from databricks import sql as connector
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lakeloop.config import UseCase, load_target, load_use_case
from lakeloop.lifecycle import published, registry, tracking
from lakeloop.lifecycle.deployment import alias
from lakeloop.lifecycle.deployment.delta_ledger import ledger_of
from lakeloop.lifecycle.deployment.probe import probe
from lakeloop.lifecycle.deployment.promotion import Request, promote
from lakeloop.lifecycle.deployment.rollback import RollbackRequest, rollback
from lakeloop.lifecycle.deployment.served import note_service
from lakeloop.lifecycle.deployment.verdict import note_verdict
from lakeloop.lifecycle.sql import Run, through_cursor
from lakeloop_stack.cli.history import print_table
from tests.include.lakeloop.lifecycle.deployment.killing import Life, MortalClient, MortalLedger

FEATURES = ["days_since_purchase", "baskets"]
TARGET = load_target("local")
USE_CASE: UseCase = load_use_case("churn").model_copy(update={"name": f"shown_{uuid4().hex[:8]}"})
MODEL, POLICY = TARGET.model_name(USE_CASE), registry.holdout_policy(USE_CASE)
LONGEST_SECONDS = 10  # somebody waits for a rollback
Act = Callable[[Any, Any, Run], Any]


class KilledLife(Life):
    """At its last step the process is killed by the kernel."""

    def one_step(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        super().one_step()


@contextmanager
def warehouse() -> Iterator[Run]:
    host, path = os.environ["DATABRICKS_HOST"], TARGET.warehouse_http_path
    with (
        connector.connect(
            server_hostname=host,
            http_path=path,
            access_token=os.environ["DATABRICKS_TOKEN"],
            _connection_uri=host + path,
            catalog=TARGET.catalog,
            enable_telemetry=False,
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield through_cursor(cursor)


def make_features(run: Run) -> None:
    for layer in ("gold", "ml"):
        run(f"CREATE SCHEMA IF NOT EXISTS {USE_CASE.schema(layer)}")
    run(
        f"CREATE TABLE {USE_CASE.gold('features')} USING DELTA AS SELECT id AS household_id, "
        "DATE'2017-12-09' AS as_of, CAST(id % 9 AS INT) AS days_since_purchase, CAST(id AS DOUBLE) AS baskets "
        "FROM range(30)"
    )
    for statement in published.create_sql(USE_CASE):
        run(statement)
    values = "current_timestamp(), 0, 0, 0, '2017-12-09', NULL, 1, 'shown'"
    run(f"INSERT INTO {published.table(USE_CASE)} SELECT {values}")


def propose(run: Run, met: str) -> str:
    """Train, judge and register a small model; returns its version."""
    client, x = mlflow.MlflowClient(), pd.DataFrame({name: [0.0, 1.0, 2.0, 3.0] for name in FEATURES})
    model = LogisticRegression(C=len(met)).fit(x, [0, 0, 1, 1])
    verdict = {registry.STATUS: registry.PASSED, registry.REASON: "AUC 0.86 is enough"}
    judged = {registry.COMPARED_WITH: met, registry.HOLDOUT_POLICY: POLICY}
    mlflow.set_experiment("/Shared/shown")
    with mlflow.start_run(tags=verdict | judged) as started:
        tracking.log_model(model, registry.MODEL, x)
    version = registry.register(client, MODEL, started.info.run_id)
    note_verdict(ledger_of(run, USE_CASE), version, alias.champion(client, MODEL))
    return str(version.version)


def promotes(version: str) -> Act:
    return lambda client, ledger, run: promote(
        client, ledger, MODEL, Request(version, "shown", "passed", POLICY)
    )


def rolls_back(reason: str) -> Act:
    def act(client: Any, ledger: Any, run: Run) -> Any:
        tried = RollbackRequest("shown", reason)
        return rollback(client, ledger, MODEL, tried, set, lambda version: probe(run, USE_CASE, version))

    return act


def killed(what: str, act: Act, step: int) -> None:
    """`act` in a process of its own, which is killed before its change number `step` (from 0)."""

    def live() -> None:
        life = KilledLife(step)
        with warehouse() as run:
            act(
                MortalClient(mlflow.get_tracking_uri(), life),
                MortalLedger(ledger_of(run, USE_CASE), life),
                run,
            )

    process = multiprocessing.get_context("fork").Process(target=live)
    process.start()
    process.join()
    if process.exitcode != -signal.SIGKILL:
        sys.exit(f"{what}: expected to be killed, ended with {process.exitcode}")
    print(f"KILLED   {what}: {state()}", flush=True)


def done(what: str, act: Act, expected: str) -> None:
    began = time.monotonic()
    with warehouse() as run:
        said = act(mlflow.MlflowClient(), ledger_of(run, USE_CASE), run)
    seconds = time.monotonic() - began
    print(f"DONE     {what}: {said} [{seconds:.1f} s]\n         {state()}", flush=True)
    if seconds > LONGEST_SECONDS:
        sys.exit(f"{what}: took {seconds:.1f} s, expected at most {LONGEST_SECONDS}")
    if alias.champion(mlflow.MlflowClient(), MODEL) != expected:
        sys.exit(f"{what}: expected champion {expected}")


def state() -> str:
    with warehouse() as run:
        rows = ledger_of(run, USE_CASE).rows(MODEL)
    last = f"{rows[-1].event} {rows[-1].from_version} -> {rows[-1].to_version}" if rows else "nothing"
    return f"alias champion = {alias.champion(mlflow.MlflowClient(), MODEL)}, ledger ends with {last}"


def serves(version: str) -> None:
    client = mlflow.MlflowClient()
    found = registry.find_version(client, MODEL, version)
    if found:
        note_service(client, found, datetime.now(UTC))


def tell() -> None:
    with warehouse() as run:
        make_features(run)
        one = propose(run, "none")
    done("promotion of 1", promotes(one), one)
    serves(one)
    with warehouse() as run:
        two = propose(run, one)
    killed("promotion of 2, before its row", promotes(two), 0)
    killed("promotion of 2, between row and alias", promotes(two), 1)
    done("promotion of 2 again", promotes(two), two)
    serves(two)
    with warehouse() as run:
        three = propose(run, two)
    killed("promotion of 3, between alias and tag", promotes(three), 2)
    done("promotion of 3 again", promotes(three), three)
    serves(three)
    killed("rollback, before its row", rolls_back("bad nights"), 0)
    killed("rollback, between row and alias", rolls_back("bad nights"), 1)
    done("rollback again", rolls_back("bad nights"), two)
    done("rollback of the rollback", rolls_back("3 was not to blame"), three)
    with warehouse() as run:
        print_table(MODEL, alias.champion(mlflow.MlflowClient(), MODEL), ledger_of(run, USE_CASE).rows(MODEL))


def main() -> None:
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    try:
        tell()
    finally:
        with warehouse() as run:
            for layer in ("gold", "ml"):
                run(f"DROP SCHEMA IF EXISTS {USE_CASE.schema(layer)} CASCADE")


if __name__ == "__main__":
    main()
