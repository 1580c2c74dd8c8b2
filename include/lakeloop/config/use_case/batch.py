"""A use case of kind `batch`: entities, asked the same question at the end of each period."""

from typing import Literal

from lakeloop.config.use_case.use_case import UseCase


class BatchUseCase(UseCase):
    """`include/use_cases/<name>.yaml` with ``kind: batch``."""

    kind: Literal["batch"]
