"""What must be there before a service can work: the bucket, Airflow's database, dbt's manifest."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from lakeloop.config.dbt import VARIABLE as USE_CASES

from ..delivery.revision import tree_digest
from ..machine.home import Home
from ..machine.settings import ROOT

TAIL = 30
DBT_PROFILE = "lakeloop"
MANIFEST = "manifest.json"


class PreparationError(RuntimeError):
    """A preparation failed; the message ends with what the program said."""


def make_bucket(bucket: str, environment: Mapping[str, str]) -> None:
    """Create the bucket unless it is there."""
    client = s3_client(environment)
    if bucket not in {entry["Name"] for entry in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=bucket)


def s3_client(environment: Mapping[str, str]):  # type: ignore[no-untyped-def]  # boto3 makes its classes
    """A boto3 S3 client of the stack."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )


def migrate_airflow(home: Home, environment: Mapping[str, str]) -> None:
    """Create or upgrade Airflow's database; skipped when this version of Airflow did it before."""
    database, stamp = home.airflow / "airflow.db", home.airflow / "migrated"
    installed = version("apache-airflow")
    if database.exists() and stamp.exists() and stamp.read_text() == installed:
        return
    _run(
        "airflow db migrate", [sys.executable, "-P", "-m", "airflow", "db", "migrate"], home.root, environment
    )
    # Readers and the one writer no longer wait for each other; the mode stays with the file.
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    stamp.write_text(installed)


def make_manifest(home: Home, environment: Mapping[str, str], project: Path = ROOT / "dbt_project") -> None:
    """``dbt parse``, from which the DAGs read the graph; skipped when neither project nor use cases changed.

    What dbt has parsed is kept too: the DAG's dbt starts from it, as long as profile and target are the same.
    """
    published, stamp = project / "target", home.build / "manifest.digest"
    digest = f"{tree_digest(project.parent, (project.name,))} {environment.get(USE_CASES, '')}"
    if (published / MANIFEST).exists() and stamp.exists() and stamp.read_text() == digest:
        return
    parse_project(environment, project)
    stamp.write_text(digest)


def parse_project(environment: Mapping[str, str], project: Path = ROOT / "dbt_project") -> Path:
    """``dbt parse`` for the target $LAKELOOP_TARGET, without a server; returns the manifest, in ``<project>/target``.

    Raises PreparationError with what dbt said.
    """
    with tempfile.TemporaryDirectory(prefix="dbt-") as folder:
        places = ["--project-dir", str(project), "--profiles-dir", str(project)]
        places += ["--target-path", folder, "--log-path", folder]
        profile = ("--profile", DBT_PROFILE, "--target", environment["LAKELOOP_TARGET"])
        _run("dbt parse", [_program("dbt"), "parse", *places, *profile], Path(folder), environment)
        for name in (MANIFEST, "partial_parse.msgpack"):
            _publish(Path(folder) / name, project / "target" / name)
    return project / "target" / MANIFEST


def compiled(model: str, environment: Mapping[str, str], project: Path = ROOT / "dbt_project") -> str:
    """The SQL of a model as a full refresh would run it. Raises PreparationError with what dbt said."""
    with tempfile.TemporaryDirectory(prefix="dbt-") as folder:
        places = ["--project-dir", str(project), "--profiles-dir", str(project)]
        places += ["--target-path", folder, "--log-path", folder]
        command = [_program("dbt"), "compile", "--full-refresh", "--select", model, *places]
        _run("dbt compile", command, Path(folder), environment)
        [file] = (Path(folder) / "compiled").rglob(f"{model}.sql")
        return file.read_text(encoding="utf-8")


def _publish(file: Path, place: Path) -> None:
    """Whole or not at all: Airflow may be reading it."""
    place.parent.mkdir(exist_ok=True)
    draft = place.with_name(f"{place.name}.{os.getpid()}.tmp")
    shutil.copyfile(file, draft)
    draft.replace(place)


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _run(what: str, command: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, cwd=cwd, env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise PreparationError(f"{what} ended with status {done.returncode}:\n{output}")
