"""Compute and libraries as a request describes them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from .fields import Int32, Metadata, Strict, Unsupported


def _no_secrets(conf: dict[str, str]) -> dict[str, str]:
    for key, value in conf.items():
        if "{{secrets/" in value:
            raise ValueError(
                f"{key} refers to a secret; it would be written to a file, use spark_env_vars instead"
            )
    return conf


class Autoscale(Strict):
    """Bounds of an autoscaling cluster, in workers."""

    min_workers: Int32 = Field(ge=0)
    max_workers: Int32 = Field(ge=1)


class NewCluster(Strict):
    """A job cluster: here a classic driver with as many local cores as the cluster would have workers."""

    num_workers: Int32 | None = Field(default=None, ge=0)
    autoscale: Autoscale | None = None
    spark_version: str | None = None
    spark_conf: Annotated[dict[str, str], AfterValidator(_no_secrets)] = {}
    spark_env_vars: dict[str, str] = {}
    node_type_id: Metadata = None
    driver_node_type_id: Metadata = None
    instance_pool_id: Metadata = None
    driver_instance_pool_id: Metadata = None
    policy_id: Metadata = None
    apply_policy_default_values: Metadata = None
    aws_attributes: Metadata = None
    azure_attributes: Metadata = None
    gcp_attributes: Metadata = None
    autotermination_minutes: Metadata = None
    cluster_name: Metadata = None
    custom_tags: dict[str, str] = {}
    data_security_mode: Metadata = None
    enable_elastic_disk: Metadata = None
    enable_local_disk_encryption: Metadata = None
    is_single_node: bool | None = None
    kind: Metadata = None
    runtime_engine: Metadata = None
    single_user_name: Metadata = None
    workload_type: Metadata = None
    cluster_log_conf: Unsupported = None
    docker_image: Unsupported = None
    init_scripts: Unsupported = None
    ssh_public_keys: Unsupported = None
    use_ml_runtime: Unsupported = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.num_workers is not None and self.autoscale is not None:
            raise ValueError("num_workers and autoscale are both set; set one")
        return self

    def workers(self) -> int:
        """Return how many workers the cluster may have at most."""
        return self.autoscale.max_workers if self.autoscale else self.num_workers or 0


class JobCluster(Strict):
    """A cluster that tasks name by its key."""

    job_cluster_key: str
    new_cluster: NewCluster


class PyPi(Strict):
    """A requirement; what is not installed here comes from the package index that uv is configured for."""

    package: str
    repo: Unsupported = None


class Library(Strict):
    """A wheel (workspace path, ``file:`` or ``s3://``), or a requirement."""

    whl: str | None = None
    pypi: PyPi | None = None
    jar: Unsupported = None
    egg: Unsupported = None
    maven: Unsupported = None
    cran: Unsupported = None
    requirements: Unsupported = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.whl is None) == (self.pypi is None):
            raise ValueError("expected exactly one of whl, pypi")
        return self


class EnvironmentSpec(Strict):
    """What a serverless environment holds: wheels and requirements."""

    dependencies: list[str] = []
    environment_version: Metadata = None
    client: Metadata = None
    base_environment: Unsupported = None
    java_dependencies: Unsupported = None


class Environment(Strict):
    """An environment that tasks name by its key."""

    environment_key: str
    spec: EnvironmentSpec = EnvironmentSpec()


Source = Literal["WORKSPACE"]
