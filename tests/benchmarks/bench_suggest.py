"""From an interaction to a suggestion that has seen it, over HTTP and a real Redis that syncs each write.

The categories of the retail data: a model of all interactions until 2017-11-25, states of the households with the
newest ones, then for each of these its last interaction, posted, and the suggestion that follows. The same is done by
direct calls in this process, so that what HTTP adds is seen in one run; and by several clients at once.

    PYTHONPATH=include/features/tests:include/recommender/tests python tests/benchmarks/bench_suggest.py

`--model FOLDER` keeps the model there for a further run.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import httpx
import numpy as np
import pandas as pd

from eventfeatures.stores.redis import RedisStore
from eventfeatures_testing.servers import RedisServer
from lakeloop_datasets.completejourney import frames
from rankstream import Interaction, Recommender, Settings, fit
from rankstream.folder import load, save
from rankstream.interactions import each, ordered
from rankstream.stores import Stored
from rankstream_testing.server import Service

KNOWN_UNTIL = pd.Timestamp("2017-11-26")
ENTITIES = 300
AT_ONCE = 1000  # interactions of a request that fills states
CLIENTS = 4
GOAL_MS = 50.0
T = TypeVar("T")


def main() -> None:
    """Prints percentiles."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, help="a folder for the model, kept for a further run")
    arguments = parser.parse_args()
    table = ordered(categories())
    with ExitStack() as stack:
        folder = arguments.model or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "model"
        if not folder.exists():
            save(fit(table[table["at"] < KNOWN_UNTIL.timestamp() * 1000], Settings()), folder)
        redis = RedisServer()
        stack.callback(redis.close)
        measure(folder, redis, table, stack)


def categories() -> pd.DataFrame:
    """The receipts' lines that have a category, as interactions of weight 1."""
    lines = frames()["transactions"].merge(frames()["products"], on="product_id", how="left")
    lines = lines[lines["product_category"].notna()]
    return pd.DataFrame(
        {
            "entity": lines["household_id"].astype(str),
            "item": lines["product_category"].astype(str),
            "group": lines["department"].fillna("").astype(str),
            "at": lines["transaction_timestamp"].astype("datetime64[ms]").astype("int64"),
            "weight": 1.0,
        }
    )


def measure(folder: Path, redis: RedisServer, table: pd.DataFrame, stack: ExitStack) -> None:
    """One client, no server in between, then several clients."""
    asked = table["entity"].drop_duplicates(keep="last").tail(ENTITIES)
    own = table[table["entity"].isin(asked)]
    last = own.drop_duplicates("entity", keep="last")
    before, newest = list(each(own.drop(last.index))), list(each(last))
    made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    config = {"model": {"folder": str(folder)}, "store": {"url": redis.url}, "entity": "household"}
    service = Service(made, config)
    stack.callback(service.close)
    filled(service, before)
    steps = over_http(service, newest)
    report("POST an interaction", [step[0] for step in steps])
    report("GET suggestions", [step[1] for step in steps])
    seen = [sum(step) for step in steps]
    report("interaction to suggestion, one client", seen)
    direct = within(Recommender(load(folder)), redis, before, newest)
    report("the same by direct calls", direct)
    print(f"HTTP's median over that of direct calls: {np.median(seen) / np.median(direct):.2f}", flush=True)
    several(service, newest)


def filled(service: Service, interactions: Sequence[Interaction]) -> None:
    for begin in range(0, len(interactions), AT_ONCE):
        part = [interaction._asdict() for interaction in interactions[begin : begin + AT_ONCE]]
        service.observe(part).raise_for_status()


def over_http(service: Service, newest: Sequence[Interaction]) -> list[tuple[float, float]]:
    """Milliseconds of the post and of the question, by one connection."""
    with httpx.Client(base_url=service.address) as client:
        return [step(client, interaction) for interaction in newest]


def step(client: httpx.Client, interaction: Interaction) -> tuple[float, float]:
    """The answer is checked to have seen the interaction: the item is not new to the entity any more."""
    path = f"/v1/suggestions/{quote(interaction.entity)}?k=10&at={interaction.at}&new_only=true"
    posted = partial(client.post, "/v1/interactions", json=interaction._asdict())
    post, _ = stopped(posted)
    get, answer = stopped(partial(client.get, path))
    told = answer.json()
    assert told["known"], told
    assert interaction.item not in [item["item"] for item in told["items"]], told
    return post, get


def within(
    recommender: Recommender,
    redis: RedisServer,
    before: Sequence[Interaction],
    newest: Sequence[Interaction],
) -> list[float]:
    """Milliseconds by `Stored`, on states of its own in the same Redis."""
    store = RedisStore(redis.url, "direct")
    stored = Stored(recommender, store, "household")
    stored.observe(before)

    def both(interaction: Interaction) -> None:
        stored.observe([interaction])
        stored.suggest(interaction.entity, interaction.at, new_only=True)

    spent = [stopped(partial(both, interaction))[0] for interaction in newest]
    store.close()
    return spent


def several(service: Service, newest: Sequence[Interaction]) -> None:
    """Each client has entities of its own, and asks as fast as it is answered."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = pool.map(lambda place: over_http(service, newest[place::CLIENTS]), range(CLIENTS))
        spent = [sum(step) for part in parts for step in part]
    rate = len(spent) * 2 / (time.perf_counter() - begin)
    report(f"interaction to suggestion, {CLIENTS} clients", spent)
    print(f"{rate:.0f} requests a second", flush=True)


def stopped(call: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds of a call, and what it gave."""
    start = time.perf_counter()
    given = call()
    return (time.perf_counter() - start) * 1000, given


def report(what: str, spent: Sequence[float]) -> None:
    median, late = np.quantile(spent, [0.5, 0.99])
    within_goal = np.mean(np.array(spent) <= GOAL_MS)
    print(
        f"{what}: median {median:.2f} ms, 99 % within {late:.2f} ms, {within_goal:.1%} within {GOAL_MS:g} ms, "
        f"n={len(spent)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
