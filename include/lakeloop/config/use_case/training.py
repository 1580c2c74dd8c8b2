"""Where models are trained: on one machine, or on the workers of a cluster."""

from typing import Literal

from pydantic import Field

from lakeloop.config.base import Config


class Training(Config):
    """`auto` takes the workers when the training rows outgrow the machine that the notebook runs on.

    `workers` share the rows, one task each, for as long as a model is trained; the same number gives the same model.
    """

    distributed: Literal["auto", "always", "never"] = "auto"
    workers: int = Field(default=2, ge=2, le=1024)
    max_rows: int | None = Field(
        default=None, ge=1, description="most rows for one machine; left out, its memory decides"
    )
    memory_share: float = Field(
        default=0.5, gt=0, le=1, description="part of the machine's memory that training may fill"
    )
