"""What a use case is. Each `kind` has a class of its own; the YAML's key `kind` picks it."""

from lakeloop.config.use_case.batch import BatchUseCase
from lakeloop.config.use_case.labelled import LabelledUseCase
from lakeloop.config.use_case.period import Period
from lakeloop.config.use_case.ranking import RankingUseCase
from lakeloop.config.use_case.stream import StreamUseCase
from lakeloop.config.use_case.use_case import UseCase

__all__ = ["BatchUseCase", "LabelledUseCase", "Period", "RankingUseCase", "StreamUseCase", "UseCase"]
