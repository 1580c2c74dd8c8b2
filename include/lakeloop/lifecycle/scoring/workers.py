"""The function that a worker runs on its batches."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lakeloop.lifecycle import explain, scoring
from lakeloop.lifecycle.explain.contributions import require_consistent
from lakeloop.lifecycle.explain.loaded import explainer_of_pyfunc
from lakeloop.lifecycle.explain.reasons import reasons
from lakeloop.lifecycle.scoring.batches import frame_of
from lakeloop.lifecycle.scoring.models import score_of

Batches = Iterator[Any]  # of pyarrow.RecordBatch


def scorer(
    packed: bytes, keys: Sequence[str], features: Sequence[str], column: str, most_reasons: int = 0
) -> Callable[[Batches], Batches]:
    """A function for mapInArrow: batches of `keys` + `features` in, batches of `keys` + `column` out.

    With `most_reasons` each score also says in a column ``reasons`` which features moved it most, and the function
    raises what :func:`explainer_of_pyfunc` and :func:`require_consistent` raise: ask the model before (`refusal`).
    It is pickled by value (everything it needs is inside it), so a worker needs no copy of this package.
    """
    from pyspark import cloudpickle

    for package in (explain, scoring):
        cloudpickle.register_pickle_by_value(package)
    keys, features = list(keys), list(features)

    def prepared(model: Any) -> Any:
        return score_of(model, features), explainer_of_pyfunc(model) if most_reasons else None

    load = loader(packed, f"{bool(most_reasons)} {features}", prepared)

    def score(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            if not batch.num_rows:
                continue
            predict, explain = load()
            scores = predict(batch)
            columns = {**{key: batch.column(key) for key in keys}, column: pa.array(scores)}
            if explain is not None:
                x = frame_of(batch, features)
                told: list[Any] = reasons(require_consistent(explain(x), scores), x, most_reasons)
                columns["reasons"] = pa.array(told, type=_reason_type(pa))
            yield pa.RecordBatch.from_pydict(columns)

    return score


def loader(packed: bytes, kind: str, prepared: Callable[[Any], Any]) -> Callable[[], Any]:
    """A function that a worker calls for what `prepared` makes of the packed pyfunc; made once per process.

    Args:
        kind: tells apart what is made of the same model.
    """
    name = f"{hashlib.sha256(packed).hexdigest()} {kind}"

    def load() -> Any:
        import io
        import sys
        import tempfile
        import zipfile

        # hung on sys.modules, because a worker process lives longer than one unpickled function
        cache = sys.modules.setdefault("_lakeloop_models", type(sys)("_lakeloop_models")).__dict__
        if name not in cache:
            import mlflow.pyfunc

            with tempfile.TemporaryDirectory() as folder:
                zipfile.ZipFile(io.BytesIO(packed)).extractall(folder)
                cache[name] = prepared(mlflow.pyfunc.load_model(folder))
        return cache[name]

    return load


def _reason_type(pa: Any) -> Any:
    parts = [("feature", pa.string()), ("value", pa.float64()), ("contribution", pa.float64())]
    return pa.list_(pa.struct(parts))
