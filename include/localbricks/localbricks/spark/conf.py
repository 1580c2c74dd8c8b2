"""The Spark conf of the Connect server, and of classic drivers on the same metastore."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..environment import LOOPBACK
from ..java_properties import properties
from .catalogs import catalogs_conf
from .home import lean_home
from .settings import MetastoreSettings, SparkSettings

JVM_FLAGS = (
    # On two cores one collector thread does, and the heap stays hundreds of megabytes smaller than G1's.
    "-XX:+UseSerialGC",
    # Ten times the defaults: code must be hot for longer before the optimising compiler takes it. Planning many short
    # statements runs a lot of code a little, and compiling that took a third of the server's processor time.
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
    # Delta keeps what it has read of a table, 3 MB, for an hour after its last use, of up to 10,000 tables: with a heap
    # of 1.5 GB the server did little but collect garbage after 300.
    "-Ddelta.log.cacheSize=100",
)
LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss} %p %c{1}: %m%n%ex
# The metastore client warns about every Delta table it cannot describe to Hive, and about its own settings.
logger.hive.name = org.apache.hadoop.hive
logger.hive.level = error
logger.hivecatalog.name = org.apache.spark.sql.hive.HiveExternalCatalog
logger.hivecatalog.level = error
logger.datanucleus.name = DataNucleus
logger.datanucleus.level = error
"""


def common_conf(settings: MetastoreSettings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what every driver shares: Delta by default, S3A, the catalogs, small-box settings."""
    return {
        "spark.driver.extraClassPath": f"{settings.jars}/*{os.pathsep}{settings.catalog_jar}",
        "spark.driver.extraJavaOptions": " ".join(JVM_FLAGS),
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.host": LOOPBACK,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": settings.warehouse,
        "spark.sql.catalogImplementation": "hive",
        **catalogs_conf(settings.catalogs),
        # On Databricks a table made without USING is a Delta table.
        "spark.sql.sources.default": "delta",
        "spark.sql.legacy.createHiveTableByDefault": "false",
        # The defaults are for clusters: 50 snapshot and 200 shuffle partitions cost seconds per statement.
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.shuffle.partitions": str(min(max(os.cpu_count() or 2, 2), 8)),
        # The default is 10,000 tasks: VACUUM starts them all, whatever the table, and takes minutes.
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "8",
        # On a busy laptop a Python worker may take longer to import than the 15 s that Spark gives it.
        "spark.python.authenticate.socketTimeout": "120s",
        "spark.sql.ui.retainedExecutions": "50",
        "spark.ui.retainedJobs": "200",
        "spark.ui.retainedStages": "200",
        **_s3a_conf(environment),
    }


def connect_conf(settings: SparkSettings, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the Connect server's conf; its JVM embeds Derby and serves it to classic drivers on loopback."""
    options = {
        # Below the folder that the server runs in: an absolute path would have to survive the quoting of JVM options.
        "derby.system.home": "derby",
        "derby.drda.startNetworkServer": "true",
        "derby.drda.host": LOOPBACK,
        "derby.drda.portNumber": str(settings.derby_port),
    }
    return common_conf(settings, environment) | {
        "spark.master": "local[*]",
        "spark.app.name": "localbricks",
        "spark.driver.memory": settings.memory,
        "spark.driver.extraJavaOptions": " ".join(
            (*JVM_FLAGS, *(f"-D{key}={value}" for key, value in options.items()))
        ),
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": str(settings.port),
        # A notebook may compute for hours between two statements; its temporary views must still be there.
        "spark.connect.session.manager.defaultSessionTimeout": "8h",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:metastore;create=true",
    }


def classic_conf(settings: MetastoreSettings, cores: int, memory: str) -> dict[str, str]:
    """Return the conf of a classic driver, local[cores], on the metastore that the Connect server serves."""
    if cores < 1:
        raise ValueError(f"a classic driver needs at least 1 core, got {cores}")
    javax = "spark.hadoop.javax.jdo.option"
    return common_conf(settings) | {
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": memory,
        "spark.sql.shuffle.partitions": str(max(cores, 2)),
        f"{javax}.ConnectionURL": f"jdbc:derby://{LOOPBACK}:{settings.derby_port}/metastore",
        f"{javax}.ConnectionDriverName": "org.apache.derby.client.ClientAutoloadedDriver",
    }


def write_classic_conf(
    settings: MetastoreSettings, folder: Path, cores: int, memory: str, spark_conf: Mapping[str, str]
) -> dict[str, str]:
    """Write folder/spark-defaults.conf, with which a plain SparkSession.builder.getOrCreate() works.

    Args:
        spark_conf: the cluster's own settings, which win over those of the workspace.

    Returns:
        The variables that the process needs as well. SPARK_REMOTE must not be among the process's own.
    """
    write_conf({**classic_conf(settings, cores, memory), **spark_conf}, folder)
    return {
        "SPARK_CONF_DIR": str(folder),
        "SPARK_HOME": str(lean_home(folder / "home")),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": LOOPBACK,
    }


def write_conf(conf: Mapping[str, str], folder: Path) -> None:
    """Write a Spark conf folder: spark-defaults.conf and log4j2.properties."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spark-defaults.conf").write_text(properties(conf), encoding="utf-8")
    (folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")


def _s3a_conf(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the S3A settings; the keys themselves stay in the AWS_* variables, out of every conf file."""
    conf = {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint.region": environment.get(
            "AWS_REGION", environment.get("AWS_DEFAULT_REGION", "us-east-1")
        ),
    }
    endpoint = environment.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        conf["spark.hadoop.fs.s3a.endpoint"] = endpoint
        conf["spark.hadoop.fs.s3a.path.style.access"] = "true"
        # A server that keeps objects as files has no ETag for a folder, and RENAME TABLE copies folders too.
        conf["spark.hadoop.fs.s3a.change.detection.version.required"] = "false"
        conf["spark.hadoop.fs.s3a.connection.ssl.enabled"] = str(endpoint.startswith("https")).lower()
    return conf
