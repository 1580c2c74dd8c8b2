"""The workers that a model is trained on: that there are enough, before anything is read and until it is trained.

Training is one barrier stage: all its tasks run at once or none does. Where its result is collected, Spark gives the
stage up when a task or its executor is lost ("Could not recover from a failed barrier ResultStage", in DAGScheduler);
then the training is begun anew here. With fewer workers than tasks Spark would wait for ever, so that someone has to
look (https://spark.apache.org/docs/latest/api/python/reference/api/pyspark.RDD.barrier.html).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from lakeloop.config import Compute, Target

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

Result = TypeVar("Result")
JOIN_SECONDS = 120.0  # until workers of a new cluster have registered, or lost ones were replaced
LOOK_SECONDS = 0.5
NOTICE_SECONDS = 5.0  # until a driver knows that an executor is gone whose peers have failed already
ATTEMPTS = 4  # of one training, as many as Spark makes of a task
LOG = logging.getLogger(__name__)
EXAMPLE = "train_compute: {kind: job_cluster, node_type: ..., spark_version: ..., workers: %d}"


class WrongComputeError(RuntimeError):
    """The compute cannot train on several workers."""


class TooFewWorkersError(RuntimeError):
    """The cluster has fewer workers than a training asks for."""


class WorkersLostError(TooFewWorkersError):
    """Workers were lost during a training and did not come back in time."""


class TrainingFailedError(RuntimeError):
    """Spark gave a training up."""


class ProcessDiedError(TrainingFailedError):
    """An executor was lost during a training, which may be tried again."""


def require_compute(target: Target, workers: int, reason: str) -> None:
    """Raises WrongComputeError naming what to set when the target's compute for training cannot hold the workers.

    Args:
        reason: why they are wanted.
    """
    compute = target.compute_of("train")
    problem = _problem(compute, workers)
    if problem:
        raise WrongComputeError(
            f"{reason}: that takes a job cluster with a fixed number of workers, at least {workers}, but the stage "
            f"train of target {target.name} {problem}. Set `{EXAMPLE % workers}` for {target.name} in targets.yaml, or "
            "`training: {distributed: never}` in the use case's YAML to train on one machine."
        )


def _problem(compute: Compute, workers: int) -> str | None:
    if compute.kind == "serverless":
        return "is serverless, whose Spark Connect has no barrier stages"
    if compute.data_security_mode == "USER_ISOLATION":
        return "runs in data_security_mode USER_ISOLATION, which has no RDDs; expected SINGLE_USER"
    if compute.fixed_workers is None:
        return f"scales from {compute.autoscale.min} to {compute.autoscale.max} workers, and training cannot move"
    if compute.fixed_workers < workers:
        return f"has {compute.fixed_workers} workers"
    return None


def require_workers(spark: "SparkSession", workers: int, seconds: float = JOIN_SECONDS) -> None:
    """Waits for the workers of a cluster that has just started.

    Raises WrongComputeError for a Spark Connect session, and TooFewWorkersError with the number seen.
    """
    if "connect" in type(spark).__module__:
        raise WrongComputeError(
            f"training on {workers} workers needs the classic session of a job cluster, but this is Spark Connect, "
            "which has no barrier stages"
        )
    seen = _joined(spark.sparkContext, workers, seconds)
    if seen < workers:
        raise TooFewWorkersError(
            f"the cluster has room for {seen} tasks at once, training.workers asks for {workers}, and no more joined "
            f"within {seconds:.0f} s. Give the cluster more workers, or lower training.workers in the use case's YAML."
        )


def _joined(context: "SparkContext", workers: int, seconds: float) -> int:
    """How many slots there are as soon as they are enough, at the latest after the seconds."""
    deadline = time.monotonic() + seconds
    while (seen := slots(context)) < workers and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return seen


def slots(context: "SparkContext") -> int:
    """How many tasks the cluster could run at once now, by its living executors."""
    scala = context._jsc.sc()  # no other way leads there; xgboost.spark goes it too
    return int(scala.maxNumConcurrentTasks(scala.resourceProfileManager().defaultResourceProfile()))


def executors(context: "SparkContext") -> set[str]:
    """Host and port of each living executor, and of the driver; one that takes a lost one's place has another port."""
    return set(context._jsc.sc().getExecutorMemoryStatus().keySet().mkString(",").split(","))


def with_attempts(
    spark: "SparkSession", workers: int, work: Callable[[], Result], seconds: float = JOIN_SECONDS
) -> Result:
    """What `work` gives on the workers; begun anew when an executor was lost and another took its place.

    Args:
        seconds: how long a lost worker may take to come back.

    Raises WorkersLostError when it does not, TrainingFailedError when Spark gives up, each after the last attempt.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            with watched(spark, workers, seconds):
                return work()
        except ProcessDiedError as error:
            seen = _joined(spark.sparkContext, workers, seconds)
            if seen < workers:
                raise WorkersLostError(_lost(seen, workers, seconds)) from error
            LOG.warning("%s Attempt %d of %d begins.", error, attempt + 1, ATTEMPTS)
    with watched(spark, workers, seconds):
        return work()


@contextmanager
def watched(spark: "SparkSession", workers: int, seconds: float = JOIN_SECONDS) -> Iterator[None]:
    """Spark jobs in this block end when workers are lost and not replaced within the seconds.

    Raises WorkersLostError then, ProcessDiedError when an executor was lost and Spark gave up for that reason, and
    TrainingFailedError when it gave up for another.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    watch = _Watch(spark.sparkContext, workers, seconds)
    with watch:
        try:
            yield
        except (Py4JError, PySparkException) as error:
            if watch.lost is not None:
                raise WorkersLostError(_lost(watch.lost, workers, seconds)) from error
            if watch.has_lost_an_executor():
                raise ProcessDiedError(
                    f"An executor was lost during training: {_first_line(error)}."
                ) from error
            raise TrainingFailedError(
                f"Spark gave up training on {workers} workers: {_first_line(error)}. Nothing was registered; the "
                "workers' log says more."
            ) from error


def _lost(seen: int, workers: int, seconds: float) -> str:
    return (
        f"workers were lost during training: room for {seen} of {workers} tasks was left, and no worker came back "
        f"within {seconds:.0f} s. Nothing was registered; run the training again when the cluster is whole."
    )


class _Watch:
    """Counts slots while it is entered; cancels the block's jobs once too few were there for too long."""

    def __init__(self, context: "SparkContext", workers: int, seconds: float) -> None:
        self.context, self.workers, self.seconds = context, workers, seconds
        self.tag = f"lakeloop-training-{uuid4().hex}"
        self.began_with = executors(context)
        self.lost: int | None = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self.context.addJobTag(self.tag)
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.context.removeJobTag(self.tag)

    def has_lost_an_executor(self) -> bool:
        """Whether one of those that were there at the beginning is gone, as soon as the driver knows of it."""
        deadline = time.monotonic() + NOTICE_SECONDS
        while not (gone := self.began_with - executors(self.context)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return bool(gone)

    def _look(self) -> None:
        whole = time.monotonic()
        while not self.ended.wait(LOOK_SECONDS):
            seen = slots(self.context)
            if seen >= self.workers:
                whole = time.monotonic()
            elif time.monotonic() - whole > self.seconds:
                self.lost = seen
                self.context.cancelJobsWithTag(self.tag)
                return


def _first_line(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    text = str(java.getMessage() if java is not None else error)
    return text.strip().split("\n", 1)[0]
