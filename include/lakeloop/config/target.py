"""Where the pipeline runs. Secrets are not here: they come from Airflow connections."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from lakeloop.config.base import Config, Name, Text
from lakeloop.config.releases import wheel_name
from lakeloop.config.serving import Serving, rollout_on
from lakeloop.config.use_case.rollout import Rollout

if TYPE_CHECKING:
    from lakeloop.config.source import FileSource, Source
    from lakeloop.config.use_case import StreamUseCase, UseCase

UNITY_CATALOG = "databricks-uc"


class Autoscale(Config):
    """Workers of a job cluster."""

    min: int = Field(default=1, ge=1)
    max: int = Field(default=2, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max is {self.max}, expected at least min ({self.min})")
        return self


class Compute(Config):
    """Serverless, or a job cluster per run that must say what it is made of."""

    kind: Literal["serverless", "job_cluster"]
    node_type: Text | None = None
    instance_pool_id: Text | None = Field(default=None, description="instead of node_type")
    spark_version: Text | None = None
    workers: int | None = Field(
        default=None, ge=1, description="instead of autoscale: so many from beginning to end"
    )
    autoscale: Autoscale = Autoscale()
    data_security_mode: Literal["SINGLE_USER", "USER_ISOLATION"] = Field(
        default="SINGLE_USER", description="without one of these a cluster sees no Unity Catalog"
    )
    instance_profile_arn: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:instance-profile/")] | None
    ) = None
    policy_id: Text | None = None
    custom_tags: dict[Text, str] = Field(default_factory=dict)
    spark_conf: dict[Text, str] = Field(default_factory=dict)
    spark_env_vars: dict[Text, str] = Field(
        default_factory=dict, description="a secret is written {{secrets/<scope>/<key>}}"
    )

    @model_validator(mode="after")
    def _described(self) -> Self:
        given = self.model_fields_set - {"kind"}
        if self.kind == "serverless":
            if given:
                raise ValueError(
                    f"kind serverless takes no {', '.join(sorted(given))}; use kind job_cluster, or drop it"
                )
        elif self.spark_version is None:
            raise ValueError("kind job_cluster also needs spark_version")
        elif (self.node_type is None) == (self.instance_pool_id is None):
            raise ValueError("kind job_cluster also needs either node_type or instance_pool_id")
        elif {"workers", "autoscale"} <= given:
            raise ValueError("workers and autoscale are both set; set one")
        return self

    @property
    def fixed_workers(self) -> int | None:
        """How many workers a job cluster has from beginning to end; None when their number may change."""
        if self.kind == "serverless":
            return None
        steady = self.autoscale.min if self.autoscale.min == self.autoscale.max else None
        return self.workers or steady


class Mlflow(Config):
    """Servers of MLflow; none means: as MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI say."""

    tracking_uri: Text | None = None
    registry_uri: Text | None = None


class Kafka(Config):
    """Brokers, and how to speak to them; none means: as the environment says. Secrets are never here."""

    bootstrap_servers: Text | None = None
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None


class Target(Config):
    """One entry of targets.yaml."""

    name: Name
    catalog: Name
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="S3 bucket name")]
    compute: Compute
    train_compute: Compute | None = Field(
        default=None, description="of the stage train, when it needs other machines than the rest"
    )
    mlflow: Mlflow = Mlflow()
    kafka: Kafka = Kafka()
    online_store: Literal["redis", "postgresql"] = Field(
        default="redis", description="what keeps the features that decisions in real time need"
    )
    serving: Serving | None = Field(
        default=None, description="what answers in real time; without one a promotion directs no traffic"
    )
    workspace_root: Annotated[str, Field(pattern=r"^/Workspace/.*[^/]$")]
    warehouse_http_path: Annotated[str, Field(pattern=r"^/sql/")]
    poll_seconds: float = Field(gt=0, description="how often a waiting operator asks for a run's state")
    approval: bool | Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        default=False,
        description="whether a person approves each promotion; a list: which users of Airflow may",
    )

    def compute_of(self, stage: str) -> Compute:
        """What a stage of the lifecycle runs on."""
        return (self.train_compute if stage == "train" else None) or self.compute

    @property
    def deployment(self) -> str:
        """Workspace folder of all that is deployed for this target; targets may share a workspace."""
        return f"{self.workspace_root}/{self.name}"

    @property
    def pointer(self) -> str:
        """Workspace path of the file that says which release is current, see :mod:`lakeloop.config.releases`."""
        return f"{self.deployment}/current.json"

    def release(self, version: str) -> str:
        """Workspace folder of one release."""
        return f"{self.deployment}/releases/{version}"

    def wheel(self, version: str) -> str:
        """Workspace path of the wheel of one release."""
        return f"{self.release(version)}/{wheel_name(version)}"

    def notebook(self, version: str, name: str) -> str:
        """Workspace path of one of `jobs/notebooks` of one release."""
        return f"{self.release(version)}/notebooks/{name}"

    def experiment(self, use_case: "UseCase") -> str:
        """Name of the MLflow experiment; a workspace keeps experiments among its files, so its folder must exist."""
        return f"{self.deployment.removeprefix('/Workspace')}/{use_case.name}"

    def run_name(self, part: "Source | UseCase", stage: str) -> str:
        """How a stage's job and runs are called in the workspace: ``[prod] <use case> score``."""
        return f"{self.run_prefix}{part.name} {stage}"

    @property
    def run_prefix(self) -> str:
        """How the names of all runs of this target begin; other runs of a workspace are somebody else's."""
        return f"[{self.name}] "

    def landing_uri(self, source: "FileSource") -> str:
        """Where the files of a source arrive, without a trailing slash."""
        return f"s3://{self.bucket}/{source.landing}"

    def checkpoint_uri(self, source: "Source", table: str) -> str:
        """What the stream of one table has already read. Raises KeyError for an unknown table."""
        if table not in source.tables:
            raise KeyError(f"source {source.name} has no table {table!r}; it has {', '.join(source.tables)}")
        return f"s3://{self.bucket}/checkpoints/{source.name}/{table}"

    def scores_uri(self, use_case: "UseCase") -> str:
        """Parent of the folders ``<period column>=<as of>`` with the scores of a period."""
        return f"s3://{self.bucket}/scores/{use_case.name}"

    @property
    def dvc_uri(self) -> str:
        """The DVC remote: what trainings were made of, each content once."""
        return f"s3://{self.bucket}/dvc"

    def rollout_of(self, use_case: "StreamUseCase") -> Rollout | None:
        """How a version takes over here; None where nothing answers in real time.

        Raises ValueError for a step or limit that what serves here cannot do, see :mod:`lakeloop.config.serving`.
        """
        return None if self.serving is None else rollout_on(self.serving, use_case)

    def endpoint_name(self, use_case: "UseCase") -> str:
        """What serves a use case's model in real time is called so: ``prod-<use case>``, in letters that DNS allows."""
        return f"{self.name}-{use_case.name}".replace("_", "-")

    def model_name(self, use_case: "UseCase") -> str:
        """The registered model: ``prod.<use case>_ml.<use case>``, in Unity Catalog's registry and in any other."""
        return f"{self.catalog}.{use_case.schema('ml')}.{use_case.name}"
