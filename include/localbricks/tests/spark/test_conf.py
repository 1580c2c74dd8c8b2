"""The Spark conf of the Connect server and of classic drivers."""

import os
import sys
from pathlib import Path

import pytest

from localbricks.spark import SparkSettings, classic_conf, connect_conf, write_classic_conf


@pytest.fixture
def settings(tmp_path: Path) -> SparkSettings:
    return SparkSettings(
        jars=tmp_path / "jars",
        catalog_jar=tmp_path / "catalog.jar",
        state=tmp_path / "state",
        warehouse="s3a://lake/warehouse",
        catalogs=("dev", "prod"),
    )


def test_both_drivers_share_the_metastore_the_warehouse_and_the_jars(settings: SparkSettings) -> None:
    server, driver = connect_conf(settings), classic_conf(settings, cores=2, memory="1g")
    for key in ("spark.sql.warehouse.dir", "spark.driver.extraClassPath", "spark.sql.extensions"):
        assert server[key] == driver[key]
    assert f"-Dderby.drda.portNumber={settings.derby_port}" in server["spark.driver.extraJavaOptions"]
    url = driver["spark.hadoop.javax.jdo.option.ConnectionURL"]
    assert url == f"jdbc:derby://127.0.0.1:{settings.derby_port}/metastore"


def test_both_drivers_have_the_catalogs_and_stand_in_the_first(settings: SparkSettings) -> None:
    for conf in (connect_conf(settings), classic_conf(settings, cores=2, memory="1g")):
        assert str(settings.catalog_jar) in conf["spark.driver.extraClassPath"].split(os.pathsep)
        assert conf["spark.sql.defaultCatalog"] == "dev"
        ours = {conf[f"spark.sql.catalog.{name}"] for name in ("dev", "prod", "hive_metastore")}
        assert ours == {"localbricks.catalog.WorkspaceCatalog"}


def test_no_driver_lists_files_in_more_tasks_than_a_laptop_runs(settings: SparkSettings) -> None:
    """Spark's default, 10,000, is the number of tasks with which VACUUM lists even an empty table."""
    for conf in (connect_conf(settings), classic_conf(settings, cores=2, memory="1g")):
        assert int(conf["spark.sql.sources.parallelPartitionDiscovery.parallelism"]) <= 8


def test_no_path_is_part_of_the_jvms_options_where_blanks_and_quotes_would_split_it(tmp_path: Path) -> None:
    state = tmp_path / "Mein Häuschen 100%" / 'a "b"'
    conf = connect_conf(
        SparkSettings(
            jars=tmp_path / "jars",
            catalog_jar=tmp_path / "catalog.jar",
            state=state,
            warehouse="s3a://lake/warehouse",
        )
    )
    assert str(tmp_path) not in conf["spark.driver.extraJavaOptions"]
    assert "-Dderby.system.home=derby" in conf["spark.driver.extraJavaOptions"].split(" ")


def test_everything_that_listens_is_bound_to_loopback(settings: SparkSettings) -> None:
    conf = connect_conf(settings)
    assert conf["spark.connect.grpc.binding.address"] == conf["spark.driver.bindAddress"] == "127.0.0.1"
    assert "-Dderby.drda.host=127.0.0.1" in conf["spark.driver.extraJavaOptions"]


def test_an_s3_endpoint_is_used_only_where_one_is_named(settings: SparkSettings) -> None:
    local = connect_conf(settings, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"})
    assert local["spark.hadoop.fs.s3a.endpoint"] == "http://127.0.0.1:9000"
    assert local["spark.hadoop.fs.s3a.connection.ssl.enabled"] == "false"
    assert "spark.hadoop.fs.s3a.endpoint" not in connect_conf(settings, {"AWS_REGION": "eu-west-1"})


def test_a_classic_driver_is_sized_from_its_cluster(settings: SparkSettings) -> None:
    conf = classic_conf(settings, cores=3, memory="1500m")
    assert (conf["spark.master"], conf["spark.driver.memory"]) == ("local[3]", "1500m")
    with pytest.raises(ValueError, match="at least 1 core, got 0"):
        classic_conf(settings, cores=0, memory="1g")


def test_a_classic_conf_folder_is_enough_for_a_plain_session(settings: SparkSettings, tmp_path: Path) -> None:
    folder = tmp_path / "run-7" / "conf"
    environment = write_classic_conf(settings, folder, cores=1, memory="1g", spark_conf={})
    assert environment["SPARK_CONF_DIR"] == str(folder)
    assert environment["PYSPARK_PYTHON"] == sys.executable
    assert (Path(environment["SPARK_HOME"]) / "bin" / "spark-submit").exists()
    lines = (folder / "spark-defaults.conf").read_text().splitlines()
    assert dict(line.split("=", 1) for line in lines) == classic_conf(settings, cores=1, memory="1g")


def test_the_clusters_own_conf_wins_and_stays_one_line_each(settings: SparkSettings, tmp_path: Path) -> None:
    own = {"spark.driver.memory": "700m", "spark.my.lines": "one\ntwo\\three"}
    write_classic_conf(settings, tmp_path / "conf", cores=1, memory="1g", spark_conf=own)
    lines = (tmp_path / "conf" / "spark-defaults.conf").read_text().splitlines()
    assert [line for line in lines if line.startswith("spark.driver.memory=")] == ["spark.driver.memory=700m"]
    assert "spark.my.lines=one\\ntwo\\\\three" in lines


def test_no_key_of_the_object_store_is_written_down(
    settings: SparkSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-write-me")
    write_classic_conf(settings, tmp_path / "conf", cores=1, memory="1g", spark_conf={})
    assert "do-not-write-me" not in (tmp_path / "conf" / "spark-defaults.conf").read_text()
