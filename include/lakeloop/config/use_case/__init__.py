"""What a use case is. Each `kind` has a class of its own; the YAML's key `kind` picks it."""

from lakeloop.config.use_case.batch import BatchUseCase
from lakeloop.config.use_case.period import Period

UseCase = BatchUseCase  # the union on `kind`, one kind so far

__all__ = ["BatchUseCase", "Period", "UseCase"]
