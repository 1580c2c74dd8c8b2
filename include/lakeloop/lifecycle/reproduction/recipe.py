"""The recipe of one model: all that its training was told, beside the data."""

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from lakeloop.config import LabelledUseCase
from lakeloop.config.base import Config, Name, Text
from lakeloop.config.use_case.task import Model
from lakeloop.lifecycle.training.splits import PeriodRange, TimeSplit

FILE = "recipe.json"


class RecipeError(ValueError):
    """A file is no recipe of a training."""


class Recipe(Config):
    """`model` with exactly the parameters that trained, `features` in the order in which the model takes them.

    The ranges are those of the split; `name` is how the model is called among those of its training.
    """

    use_case: Name
    name: Text
    model: Model
    features: tuple[Text, ...]
    fit: Text
    early_stopping: Text
    holdout: Text

    @classmethod
    def of(
        cls, use_case: LabelledUseCase, name: str, model: Model, features: Sequence[str], split: TimeSplit
    ) -> Self:
        """What trains `model` of `use_case` again."""
        ranges = {part: str(rows) for part, rows in vars(split).items()}
        return cls(use_case=use_case.name, name=name, model=model, features=tuple(features), **ranges)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The recipe that a file holds. Raises RecipeError."""
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise RecipeError(f"{file} holds no recipe of this revision: {error}") from error

    def split(self, use_case: LabelledUseCase) -> TimeSplit:
        """The split, in the periods of `use_case`."""
        ranges = (self.fit, self.early_stopping, self.holdout)
        return TimeSplit(*(PeriodRange.parse(text, use_case.period) for text in ranges))


def determined_by(params: Mapping[str, Any]) -> dict[str, Any]:
    """What else decides the bits of a model: its seed (None: it draws nothing), its threads, Python and processor.

    XGBoost calls its seed `seed`, scikit-learn `random_state`.

    Args:
        params: what trained it, complete with the defaults.
    """
    return {
        "seed": params.get("seed", params.get("random_state")),
        "threads": params.get("nthread", 1),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
