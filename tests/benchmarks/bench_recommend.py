"""What `rankstream` suggests to the households of the retail data, judged on the weeks after those it learnt from.

Learns from 2017-01-01 to 2017-11-25, and asks after visits of the four weeks from then on what comes within 7 days;
once with what is known of the products by then, and once with that known anew each week. Then times of `suggest` and
`observe`, and from an interaction to a suggestion that has seen it, through a real Redis.

    PYTHONPATH=include/features/tests python tests/benchmarks/bench_recommend.py [--questions N] [category] [product]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from eventfeatures.stores.redis import RedisStore
from eventfeatures_testing.servers import RedisServer
from lakeloop_datasets.completejourney import frames
from rankstream import Interaction, Model, Recommender, Settings, fit, refresh
from rankstream.evaluation import Estimate, Row, judge
from rankstream.folder import load, save
from rankstream.interactions import each, ordered
from rankstream.replay import Replay
from rankstream.stores import Stored

JUDGED = pd.Timestamp("2017-11-26")
WEEK = pd.Timedelta(days=7)
ASKED = 300  # households whose times are measured
COLUMNS = {"category": ("product_category", "department"), "product": ("product_id", "product_category")}


def main() -> None:
    """Prints the tables of each level."""
    parser = argparse.ArgumentParser()
    parser.add_argument("levels", nargs="*", default=list(COLUMNS))
    parser.add_argument("--questions", type=int, default=3000)
    arguments = parser.parse_args()
    for level in arguments.levels:
        show(level, arguments.questions)


def show(level: str, questions: int) -> None:
    """Fits, judges and times one level."""
    table = interactions(level)
    with timed(f"{level}: fit"):
        model = fit(table[table["at"] < milliseconds(JUDGED)], Settings())
    covered = table["item"].isin(model.catalogue.items).mean()
    print(f"{len(model.catalogue)} items, {covered:.1%} of all interactions", flush=True)
    with timed(f"{level}: refresh for each later week"):
        later = [
            refresh(model, table[table["at"] < milliseconds(JUDGED + week * WEEK)]) for week in (1, 2, 3)
        ]
    for what, models in (("fitted once", [model]), ("refreshed each week", [model, *later])):
        with timed(f"{level}, {what}: judge {questions} questions"):
            rows = judge(models, table, questions)
        print("\n".join(["", *map(line, rows), ""]), flush=True)
    times(again(model), ordered(table))


def interactions(level: str) -> pd.DataFrame:
    """The receipts' lines as interactions of weight 1; lines without a category are left out at that level."""
    item, group = COLUMNS[level]
    lines = frames()["transactions"].merge(frames()["products"], on="product_id", how="left")
    lines = lines[lines[item].notna()]
    return pd.DataFrame(
        {
            "entity": lines["household_id"].astype(str),
            "item": lines[item].astype(str),
            "group": lines[group].fillna("").astype(str),
            "at": lines["transaction_timestamp"].astype("datetime64[ms]").astype("int64"),
            "weight": 1.0,
        }
    )


def milliseconds(moment: pd.Timestamp) -> int:
    return int(moment.timestamp() * 1000)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints seconds of the clock and of this process's own time."""
    clock, own = time.perf_counter(), time.process_time()
    yield
    print(
        f"{what}: {time.perf_counter() - clock:.0f} s, own time {time.process_time() - own:.0f} s", flush=True
    )


def line(row: Row) -> str:
    """A row of a table in Markdown."""
    numbers = (interval(row.recall), interval(row.ndcg), f"{row.coverage:.1%}", interval(row.ahead))
    return "| " + " | ".join([row.scope, row.method, str(row.questions), *numbers]) + " |"


def interval(of: Estimate) -> str:
    return f"{of.mean:.3f} ({of.low:.3f} to {of.high:.3f})"


def again(model: Model) -> Recommender:
    """The model through a folder, and the folder's size."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "model"
        save(model, folder)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"model folder: {size / 1e6:.1f} MB", flush=True)
        return Recommender(load(folder))


def times(recommender: Recommender, rows: pd.DataFrame) -> None:
    """Times of single calls, on the households with the newest interactions."""
    asked = rows["entity"].drop_duplicates(keep="last").tail(ASKED)
    own = rows[rows["entity"].isin(asked)]
    replay, now = Replay(recommender.model.settings), int(rows["at"].max())
    replay.advance(own)
    states = list(replay.states.values())
    report("suggest", [stopped(partial(recommender.suggest, state, now)) for state in states])
    sizes = [len(recommender.encode(state)) for state in states]
    print(f"state: median {np.median(sizes) / 1e3:.1f} kB, largest {max(sizes) / 1e3:.1f} kB", flush=True)
    newest = list(each(own.tail(3000)))
    report("observe", [stopped(partial(recommender.observe, replay.states[i.entity], i)) for i in newest])
    through_redis(recommender, own)


def through_redis(recommender: Recommender, own: pd.DataFrame) -> None:
    """From handing over an interaction to having a suggestion that has seen it."""
    server = RedisServer()
    store = RedisStore(server.url)
    stored = Stored(recommender, store, "household")
    newest = own.drop_duplicates("entity", keep="last").index
    before = own.drop(newest)
    stored.observe(list(each(before)))
    spent, changed = [], 0
    for interaction in each(own.loc[newest]):
        first = stored.suggest(interaction.entity, interaction.at)
        spent.append(stopped(partial(seen, stored, interaction)))
        changed += stored.suggest(interaction.entity, interaction.at) != first
    report("interaction to suggestion, Redis", spent)
    print(f"changed by one interaction: {changed} of {len(spent)}", flush=True)
    store.close()
    server.close()


def seen(stored: Stored, interaction: Interaction) -> None:
    stored.observe([interaction])
    stored.suggest(interaction.entity, interaction.at)


def stopped(call: Callable[[], object]) -> float:
    """Milliseconds of a call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def report(what: str, spent: list[float]) -> None:
    median, late = np.quantile(spent, [0.5, 0.99])
    print(f"{what}: median {median:.3f} ms, 99 % within {late:.3f} ms, n={len(spent)}", flush=True)


if __name__ == "__main__":
    main()
