"""Training time by the number of rows: two models, on one machine and on workers, and what the reading costs.

`python tests/benchmarks/bench_training_time.py --out build/training_time --rows 10000 30000 100000` makes rows with a
fixed seed, measures each point in a process of its own, and writes `training_time.csv`, `reading.csv` and
`training_time.png` into the folder; `--plot-only` draws again what was measured. Seconds are those of the processor, of
the process and all that it started: on a machine that others use too, the clock would measure them.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.training_time_cases import (
    CASE,
    FEATURES,
    UNUSED,
    make,
    on_driver,
    on_workers,
    spark_session,
    used_cpu,
)
from tests.benchmarks.training_time_plot import draw

ROOT = Path(__file__).resolve().parents[2]
SERIES = [("trees", "driver"), ("linear", "driver"), ("trees", "workers"), ("linear", "workers")]


def measure(model: str, where: str, file: Path) -> dict[str, float]:
    """In this process: processor and clock seconds, and the most memory that it held."""
    from lakeloop.lifecycle.training import linear, trees  # noqa: F401  (imports are no part of a training)

    spark = spark_session() if where == "workers" else None
    cpu, clock = used_cpu(), time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if spark is None:
        on_driver(model, file)
    else:
        on_workers(spark, model, spark.read.parquet(str(file)))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"cpu_seconds": used_cpu() - cpu, "clock_seconds": time.monotonic() - clock, "grown_bytes": grown}


def reading(rows: int, folder: Path, repeats: int) -> list[dict[str, Any]]:
    """What partitioning, caching, column pruning and the format change, each alone, in one warm session."""
    spark, file = spark_session(), make(rows, folder)
    plain = spark.read.parquet(str(file))
    wide = plain.select("*", *(plain[FEATURES[n]].alias(name) for n, name in enumerate(UNUSED)))
    places = {kind: str(folder / f"wide-{rows}.{kind}") for kind in ("parquet", "json")}
    for kind, place in places.items():
        wide.write.mode("ignore").format(kind).save(place)
    needed = [*CASE.keys, CASE.task.label, *FEATURES]

    def parquet() -> Any:
        return spark.read.parquet(places["parquet"])

    def whole(source: Any) -> float:
        return float(
            source.selectExpr(
                "count(*)", *(f"sum({name})" for name in source.columns if name[0] in "fu")
            ).collect()[0][0]
        )

    read = {
        "Parquet, needed columns": lambda: whole(parquet().select(*needed)),
        "Parquet, all columns": lambda: whole(parquet()),
        "JSON with schema, needed columns": lambda: whole(
            spark.read.schema(wide.schema).json(places["json"]).select(*needed)
        ),
        "JSON with schema, all columns": lambda: whole(spark.read.schema(wide.schema).json(places["json"])),
        "JSON without schema, needed columns": lambda: whole(spark.read.json(places["json"]).select(*needed)),
    }
    train = {
        "trees: partitioned, cached": lambda: on_workers(spark, "trees", parquet()),
        "trees: partitioned, not cached": lambda: on_workers(spark, "trees", parquet(), cached=False),
        "trees: not partitioned, cached": lambda: on_workers(spark, "trees", parquet(), partitioned=False),
        "trees: neither": lambda: on_workers(spark, "trees", parquet(), partitioned=False, cached=False),
        "linear: partitioned, cached": lambda: on_workers(spark, "linear", parquet()),
        "linear: partitioned, not cached": lambda: on_workers(spark, "linear", parquet(), cached=False),
    }
    results = []
    for name, run in {**read, **train}.items():
        seconds = []
        for _ in range(repeats + 1):  # the first warms up
            start = used_cpu()
            run()
            seconds.append(used_cpu() - start)
        results.append({"what": name, "rows": rows, "cpu_seconds": round(statistics.median(seconds[1:]), 2)})
        print(results[-1], flush=True)
    return results


def in_a_process(*arguments: str) -> Any:
    """The last line that this script prints when it is started with these arguments."""
    command = [sys.executable, __file__, *arguments]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment())
    return json.loads(ended.stdout.strip().splitlines()[-1])


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONPATH": ":".join(sys.path[:2]),
    }


def write(file: Path, records: list[dict[str, Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def curves(sizes: list[int], folder: Path, repeats: int, largest_on_workers: int) -> None:
    """Measures each series at each size and writes what was found, size by size."""
    records: list[dict[str, Any]] = []
    for rows in sizes:
        file = make(rows, folder)
        for model, where in SERIES:
            if where == "workers" and rows > largest_on_workers:
                continue
            runs = [in_a_process("--measure", model, where, str(file)) for _ in range(repeats)]
            middle = {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}
            records.append(
                {
                    "model": model,
                    "where": where,
                    "rows": rows,
                    "features": len(FEATURES),
                    "runs": repeats,
                    **middle,
                }
            )
            print(records[-1], flush=True)
            write(folder / "training_time.csv", records)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "training_time")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 30_000, 100_000, 300_000, 1_000_000])
    parser.add_argument("--workers-up-to", type=int, default=300_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--reading-rows", type=int, default=100_000, help="0: not measured")
    parser.add_argument("--plot-only", action="store_true")
    parser.add_argument("--measure", nargs=3, metavar=("MODEL", "WHERE", "FILE"))
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure[0], given.measure[1], Path(given.measure[2]))))
        return
    given.out.mkdir(parents=True, exist_ok=True)
    if not given.plot_only:
        curves(given.rows, given.out, given.repeats, given.workers_up_to)
        if given.reading_rows:
            os.environ.update(environment())
            write(given.out / "reading.csv", reading(given.reading_rows, given.out, given.repeats))
    for line in draw(given.out / "training_time.csv", given.out / "training_time.png"):
        print(line)


if __name__ == "__main__":
    main()
