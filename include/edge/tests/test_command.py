"""The command line, in a process of its own."""

import json
import subprocess
from pathlib import Path

import pytest

from edgescorer_testing import (
    command,
    drift,
    expected,
    logged,
    make_model,
    records,
    rows,
    run,
    write_rows,
)


def scored(model: Path, source: Path | str, log: Path, *more: str | Path) -> subprocess.CompletedProcess[str]:
    return run("run", "--model", model, "--in", source, "--log", log, "--key", "id", *more)


def test_rows_become_scores_by_their_key(model: Path, tmp_path: Path) -> None:
    content = rows(1_000)
    source = write_rows(tmp_path / "rows.jsonl", content)

    done = scored(model, source, tmp_path / "log", "--out", tmp_path / "out.jsonl", "--segment-rows", "300")

    assert (done.returncode, done.stderr) == (0, "scored 1000 rows, refused 0\n")
    told = records(tmp_path / "out.jsonl")
    assert [(one["keys"]["id"], one["score"]) for one in told] == [
        (row["id"], expected(row)) for row in content
    ]
    assert sorted(logged(tmp_path / "log"), key=lambda one: int(one["row"])) == told
    assert len(list((tmp_path / "log" / "closed" / "scores").iterdir())) == 2  # commits are never cut in two
    assert {one["version"] for one in told} == {"7"}


def test_a_wrong_row_gets_an_error_and_the_others_a_score(model: Path, tmp_path: Path) -> None:
    content = rows(10)
    del content[3]["amount"]
    content[5]["hour"] = "late"
    source = write_rows(tmp_path / "rows.jsonl", content)
    with source.open("a") as file:
        file.write("{torn\n\n")

    done = scored(model, source, tmp_path / "log", "--out", tmp_path / "out.jsonl")

    assert (done.returncode, done.stderr) == (3, "scored 8 rows, refused 3\n")
    told = records(tmp_path / "out.jsonl")
    assert [(one["row"], one["feature"]) for one in told if one["error"]] == [
        (4, "amount"),
        (6, "hour"),
        (11, None),
    ]
    [counters] = drift(tmp_path / "log")
    assert counters["refused"] == {"amount": 1, "hour": 1, "": 1}
    assert counters["rows"] == sum(counters["features"]["amount"]["bins"]) == 8


def test_a_file_that_is_scored_again_is_not_logged_again(model: Path, tmp_path: Path) -> None:
    source, log = write_rows(tmp_path / "rows.jsonl", rows(50)), tmp_path / "log"
    scored(model, source, log)
    write_rows(source, rows(20, first=50), mode="a")

    done = scored(model, source, log, "--out", tmp_path / "out.jsonl", "--commit-rows", "7")

    assert done.stderr == "scored 20 rows, refused 0, 50 known from before\n"
    assert len(records(tmp_path / "out.jsonl")) == 70
    assert sorted(one["keys"]["id"] for one in logged(log)) == list(range(70))
    assert sum(one["rows"] for one in drift(log)) == 70


def test_another_file_of_the_same_name_is_logged(model: Path, tmp_path: Path) -> None:
    source, log = write_rows(tmp_path / "rows.jsonl", rows(50)), tmp_path / "log"
    scored(model, source, log)
    write_rows(source, rows(60, first=1_000))

    done = scored(model, source, log)

    assert done.stderr == "scored 60 rows, refused 0\n"
    assert len(logged(log)) == 110


def test_another_version_logs_the_same_file_for_itself(model: Path, tmp_path: Path) -> None:
    source, log = write_rows(tmp_path / "rows.jsonl", rows(5)), tmp_path / "log"
    scored(model, source, log)
    make_model(tmp_path / "new", "c", version="8")
    assert run("build", "--model", tmp_path / "new").returncode == 0

    scored(tmp_path / "new", source, log)

    assert (
        sorted((one["version"], one["target"]) for one in logged(log))
        == [("7", "onnx")] * 5 + [("8", "c")] * 5
    )


def test_rows_of_the_standard_input_are_scored(model: Path, tmp_path: Path) -> None:
    arguments = command("run", "--model", model, "--in", "-", "--log", tmp_path / "log", "--key", "id")
    content = "".join(json.dumps(row) + "\n" for row in rows(3))

    done = subprocess.run(arguments, input=content, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert [one["keys"]["id"] for one in logged(tmp_path / "log")] == [0, 1, 2]


def test_a_csv_is_read_by_its_header(model: Path, tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("id,hour,amount,speed\na,4,2,\nb,4,x,1\n")

    assert scored(model, source, tmp_path / "log").returncode == 3
    first, second = logged(tmp_path / "log")
    assert (first["keys"], first["score"]) == ({"id": "a"}, 0.0)
    assert second["feature"] == "amount"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--in", "gone.jsonl", "--log", "log"], "gone.jsonl cannot be read"),
        (["--in", "rows.jsonl", "--log", "rows.jsonl"], "rows.jsonl cannot hold a log"),
        (["--in", "rows.jsonl", "--log", "log", "--out", "no/out"], "no/out cannot be written"),
    ],
)
def test_what_cannot_be_used_is_named(model: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    write_rows(tmp_path / "rows.jsonl", rows(1))
    placed = [one if one.startswith("--") else str(tmp_path / one) for one in arguments]

    done = run("run", "--model", model, *placed)

    assert done.returncode == 1
    assert done.stderr.startswith("edgescorer: ")
    assert said in done.stderr
