"""``lakeloop features``: measures on the running stack what the published features are worth and what they cost."""

import os
from typing import TYPE_CHECKING

import pandas as pd

from lakeloop.config import LabelledUseCase, load_labelled_use_case, load_target
from lakeloop.lifecycle import published
from lakeloop.lifecycle.importance.cost import group_costs
from lakeloop.lifecycle.importance.folds import Fold, time_folds
from lakeloop.lifecycle.importance.permutation import benefits
from lakeloop.lifecycle.session import spark_session
from lakeloop.lifecycle.training import data
from lakeloop.lifecycle.training.splits import sliding_split

from ..authoring.contracts import About, contracts
from ..authoring.feature_page import FeatureTable, Worth, group_key, groups
from ..machine.settings import ROOT
from ..services.environment import LOCAL
from ..services.preparations import compiled
from .local import use_the_stack

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PROJECT = ROOT / "dbt_project"


def feature_page(name: str, folds: int, runs: int) -> str:
    """Markdown about the features that are published for the use case `name`.

    Raises ConfigError for an unknown use case or one without labels, StackError when the stack is not up,
    NothingPublishedError before the first transform, and TooFewPeriodsError while there are too few labelled periods
    to judge by.
    """
    use_case = load_labelled_use_case(name)
    use_the_stack()
    environment = dict(os.environ)
    spark = spark_session(load_target(LOCAL).catalog)
    about, frame = _published(spark, use_case)
    judged_by = time_folds(sliding_split(frame[use_case.period.column].unique(), use_case.period, use_case.split),
                           use_case.split, folds)  # fmt: skip
    worth = _worth(use_case, frame, judged_by, about)
    query = compiled(f"{use_case.name}__{use_case.tables.features}", environment, PROJECT)
    seconds = group_costs(spark, query, use_case.keys, groups(about), runs)
    return FeatureTable(
        use_case.name, use_case.gate.compare_by, _told(judged_by), about, worth, seconds
    ).page()


def _published(spark: "SparkSession", use_case: LabelledUseCase) -> tuple[dict[str, About], pd.DataFrame]:
    """What the contract says of each published feature, and the labelled rows."""
    versions = data.versions_of(use_case, published.newest(spark, use_case))
    names = use_case.feature_names(data.feature_columns(spark, use_case, versions))
    said = contracts(PROJECT, use_case)[f"{use_case.name}__{use_case.tables.features}"].about
    about = {name: said.get(name, About()) for name in names}
    return about, data.read_training_set(spark, use_case, versions, names)


def _worth(
    use_case: LabelledUseCase, frame: pd.DataFrame, folds: list[Fold], about: dict[str, About]
) -> dict[str, Worth]:
    shuffled = {name: [name] for name in about} | {group_key(name): of for name, of in groups(about).items()}
    found = benefits(use_case, frame, folds, shuffled)
    return {name: Worth(one.value, one.low, one.high) for name, one in found.items()}


def _told(folds: list[Fold]) -> str:
    unit = folds[0][1].period.unit
    stretches = ", ".join(str(judged) for _, judged in folds)
    return f"{len(folds)} stretches of {len(folds[0][1])} {unit}s before the holdout ({stretches})"
