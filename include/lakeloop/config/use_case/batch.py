"""A use case of kind `batch`: entities, asked the same question at the end of each period."""

from typing import Literal

from lakeloop.config.use_case.labelled import LabelledUseCase


class BatchUseCase(LabelledUseCase):
    """`include/use_cases/<name>.yaml` with ``kind: batch``."""

    kind: Literal["batch"]
