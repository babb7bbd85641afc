"""Fine-tuning from the terminal: train, kill, resume, measure, merge, ask."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.training import tinymodel
from tests import patience
from tests.cli.conftest import Loam, parsed

MANY = 400
TEXT = "The ferry left the harbour before seven, when the lamps were still burning. " * 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, rows and batches to learn from, a text to measure on."""
    folder = tmp_path_factory.mktemp("tune")
    tinymodel.write(folder / "tiny.gguf", seed=3)
    rows = [
        {"instruction": f"What is {n} and {n}?", "input": "", "output": f"It is {2 * n}."}
        for n in range(1, 25)
    ]
    (folder / "rows.json").write_text(json.dumps(rows))
    batches = [
        {"tokens": list(range(20 + n, 60 + n)), "labels": [-100] * 8 + list(range(29 + n, 61 + n))}
        for n in range(6)
    ]
    (folder / "tokens.json").write_text(json.dumps({"about": "flags rule", "batches": batches}))
    (folder / "text.txt").write_text(TEXT)
    return folder


def tuning(folder: Path, name: str, *more: str, steps: int = 12) -> list[str]:
    return [
        *("finetune", "--model", str(folder / "tiny.gguf"), "--data", str(folder / "rows.json")),
        *("--out", str(folder / f"{name}.gguf"), "--log", str(folder / f"{name}.jsonl")),
        *("--rank", "4", "--learning-rate", "5e-3", "--steps", str(steps), "--threads", "1"),
        *more,
    ]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def tuned(loam: Loam, folder: Path) -> Path:
    done = loam(
        *tuning(folder, "tuned", "--targets", "attn_q,attn_v", "ffn_down"),
        *("--validation", str(folder / "rows.json"), "--validate-every", "5", "--json"),
    )
    (end,) = parsed(done)
    assert end["adapter"] == str(folder / "tuned.gguf")
    assert end["card"]["settings"]["targets"] == ["attn_q", "attn_v", "ffn_down"]
    return folder / "tuned.gguf"


def test_the_log_has_a_line_for_each_update(tuned: Path, folder: Path) -> None:
    found = lines(folder / "tuned.jsonl")
    assert [line["step"] for line in found] == list(range(1, 13))
    keys = {"step", "loss", "validation_loss", "gradient_norm", "tokens", "seconds"}
    assert all(keys <= set(line) for line in found)
    measured = {line["step"]: line["validation_loss"] for line in found if line["validation_loss"]}
    assert list(measured) == [5, 10, 12]
    assert found[-1]["loss"] < found[0]["loss"]


def test_ready_batches_are_taken_in_their_order(loam: Loam, folder: Path) -> None:
    log = folder / "ready.jsonl"
    done = loam(
        *("finetune", "--model", str(folder / "tiny.gguf")),
        *("--tokens", str(folder / "tokens.json"), "--out", str(folder / "ready.gguf")),
        *("--log", str(log), "--rank", "2", "--alpha", "4", "--accumulate", "2"),
        *("--warmup", "2", "--learning-rate", "2e-3", "--clip", "0", "--seed", "7"),
    )
    assert done.returncode == 0, done.stderr
    found = lines(log)
    assert [line["tokens"] for line in found] == [80, 80, 80]
    assert [line["learning_rate"] for line in found] == pytest.approx([1e-3, 2e-3, 2e-3])
    again = loam(
        *("finetune", "--model", str(folder / "tiny.gguf"), "--out", str(folder / "b.gguf")),
        *("--tokens", str(folder / "tokens.json"), "--log", str(folder / "b.jsonl")),
        *("--init-adapter", str(folder / "ready.gguf"), "--learning-rate", "1e-9", "--steps", "1"),
    )
    assert again.returncode == 0, again.stderr
    assert lines(folder / "b.jsonl")[0]["loss"] < found[0]["loss"]


@pytest.fixture(scope="module")
def whole(loam: Loam, folder: Path) -> list[dict[str, Any]]:
    """The log of a run that nothing disturbed, long enough to be broken off on a slow machine."""
    assert loam(*tuning(folder, "whole", steps=MANY)).returncode == 0
    return lines(folder / "whole.jsonl")


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_broken_off_goes_on(
    loam: Loam, home: Path, folder: Path, whole: list[dict[str, Any]], kind: signal.Signals
) -> None:
    name = f"broken-{kind.name}"
    log = folder / f"{name}.jsonl"
    command = [sys.executable, "-m", "app", "--profile", str(home)]
    child = subprocess.Popen(
        [*command, *tuning(folder, name, steps=MANY)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + patience.SECONDS
    while not (log.exists() and len(log.read_text().splitlines()) >= 12):
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(child.pid, kind)
    said = child.communicate(timeout=patience.SECONDS)[1]
    before = len(lines_whole(log))
    assert before < MANY
    if kind is signal.SIGINT:
        assert child.returncode == 130
        assert "paused" in said
    run_id = said.split("--resume ")[1].split()[0]
    assert not (folder / f"{name}.gguf").exists()
    done = loam("finetune", "--resume", run_id)
    assert done.returncode == 0, done.stderr
    found = lines(log)
    assert [line["step"] for line in found] == list(range(1, MANY + 1))
    assert [line["loss"] for line in found] == [line["loss"] for line in whole]
    assert (folder / f"{name}.gguf").stat().st_size > 0
    # What was trained before the break was not trained again, but for the last few updates.
    resumed = float(done.stdout.split("update ")[1].split(" of")[0])
    assert resumed > (before - 8 if kind is signal.SIGINT else 0)
    again = loam("finetune", "--resume", str(folder / f"{name}.gguf"))
    assert again.returncode == 2
    assert "finished" in again.stderr


def lines_whole(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def test_perplexity_with_and_without_adapters(loam: Loam, folder: Path, tuned: Path) -> None:
    def measure(*more: str) -> dict[str, Any]:
        (found,) = parsed(
            loam(
                *("perplexity", "--model", str(folder / "tiny.gguf")),
                *("--file", str(folder / "text.txt"), "--context", "256", "--json", *more),
            )
        )
        return found

    plain, full = measure(), measure("--adapter", str(tuned))
    assert plain["perplexity"] == pytest.approx(math.exp(plain["loss"]))
    halves = measure("--adapter", f"{tuned}:0.5", "--adapter", f"{tuned}:0.5")
    assert halves["loss"] == pytest.approx(full["loss"], rel=1e-5)
    assert abs(full["loss"] - plain["loss"]) > 1e-3
    assert measure("--adapter", f"{tuned}:0")["loss"] == pytest.approx(plain["loss"], rel=1e-6)


def test_an_adapter_is_inspected_and_merged(loam: Loam, folder: Path, tuned: Path) -> None:
    (info,) = parsed(loam("adapter", "inspect", str(tuned), "--json"))
    assert (info["rank"], info["alpha"], len(info["base_sha256"])) == (4, 16.0, 64)
    assert info["card"]["notes"]["file"] == "rows.json"
    assert "curve" not in loam("adapter", "inspect", str(tuned)).stdout
    merged = folder / "merged.gguf"
    done = loam(
        *("adapter", "merge", f"{tuned}:0.5", "--model", str(folder / "tiny.gguf")),
        *("--out", str(merged), "--type", "f32"),
    )
    assert done.returncode == 0, done.stderr
    losses = []
    for model, more in ((merged, []), (folder / "tiny.gguf", ["--adapter", f"{tuned}:0.5"])):
        measured = loam(
            *("perplexity", "--model", str(model), *more, "--json"),
            *("--file", str(folder / "text.txt"), "--context", "256"),
        )
        losses.append(parsed(measured)[0]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    # It was trained on another file.
    refused = loam(
        *("perplexity", "--model", str(merged), "--adapter", str(tuned)),
        *("--file", str(folder / "text.txt")),
    )
    assert refused.returncode == 1
    assert "another model" in refused.stderr


def test_ask_and_chat_answer_through_adapters(loam: Loam, folder: Path, tuned: Path) -> None:
    model = str(folder / "tiny.gguf")

    def ask(*more: str) -> str:
        (found,) = parsed(loam("ask", "What is 3 and 3?", "--model", model, "--json", *more))
        return str(found["answer"])

    strong = ask("--adapter", f"{tuned}:8")
    assert strong != ask()
    assert strong == ask("--adapter", f"{tuned}:8")
    done = loam("chat", "--json", "--model", model, "--adapter", str(tuned), stdin="Hello\n")
    (said,) = parsed(done)
    exported = json.loads(loam("chats", "export", str(said["chat"]), "--format", "json").stdout)
    assert exported["messages"][-1]["role"] == "assistant"
    went_on = loam("chat", "--json", "--id", str(said["chat"]), stdin="And you?\n")
    assert went_on.returncode == 0, went_on.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["finetune"], "--model"),
        (["finetune", "--resume", "no-such-run"], "no-such-run"),
        (["finetune", "--model", "none.gguf", "--data", "x.json", "--out", "a.gguf"], "none.gguf"),
        (["finetune", "--data", "a", "--tokens", "b"], "--tokens"),
        (["finetune", "--rank", "many"], "--rank"),
        (["finetune", "--schedule", "zigzag"], "zigzag"),
        (["perplexity", "--model", "none.gguf", "--file", "none.txt"], "none.gguf"),
        (["adapter", "inspect", "none.gguf"], "none.gguf"),
        (["ask", "why?", "--adapter", "none.gguf:0.5"], "none.gguf"),
    ],
)
def test_wrong_use_is_one_line_that_names_it(loam: Loam, arguments: list[str], named: str) -> None:
    done = loam(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert named in done.stderr


def test_a_dataset_is_trained_on_with_its_split(loam: Loam, folder: Path) -> None:
    assert loam("dataset", "import", str(folder / "rows.json"), "--name", "sums").returncode == 0
    assert loam("dataset", "split", "--name", "sums", "--fraction", "0.25").returncode == 0
    command = ("finetune", "--model", str(folder / "tiny.gguf"), "--rank", "2", "--json")
    (done,) = parsed(loam(*command, "--dataset", "sums", "--out", str(folder / "sums.gguf")))
    data = done["card"]["data"]
    assert data["rows"] + data["validation_rows"] == 24
    assert data["validation_rows"] > 2
    assert done["card"]["notes"]["dataset"] == "sums"
    refused = loam(*command, "--dataset", "nothing", "--out", str(folder / "n.gguf"))
    assert refused.returncode == 2
    assert "nothing" in refused.stderr


def test_the_best_values_or_the_last_are_kept(loam: Loam, folder: Path) -> None:
    held_out = folder / "held_out.json"
    held_out.write_text(json.dumps([{"instruction": "What is in the box?", "output": "Lamps."}]))
    measured = ("--validation", str(held_out), "--validate-every", "1", "--learning-rate", "5e-2")
    (done,) = parsed(loam(*tuning(folder, "best", *measured, "--keep", "best", "--json")))
    losses = {line["step"]: line["validation_loss"] for line in lines(folder / "best.jsonl")}
    best = min(losses, key=lambda step: (losses[step], step))
    assert best < 12
    assert (done["kept"], done["best_step"]) == ("best", best)
    assert done["best_loss"] == pytest.approx(losses[best])
    assert done["card"]["kept"] == {"which": "best", "step": best}
    said = loam("finetune", "take", done["run"], "last")
    assert "as it was after update 12 now" in said.stdout
    about = json.loads(loam("adapter", "inspect", done["adapter"], "--json").stdout)
    assert about["card"]["kept"] == {"which": "last", "step": 12}
    (back,) = parsed(loam("finetune", "take", done["run"], "best", "--json"))
    assert (back["kept"], back["best_step"]) == ("best", best)
    Path(done["adapter"]).unlink()
    gone = loam("finetune", "take", done["run"], "last")
    assert (gone.returncode, "best.gguf" in gone.stderr) == (2, True)


def test_settings_that_can_not_work_are_named(loam: Loam, folder: Path) -> None:
    for option, value, named in (
        ("--targets", "attn_z", "attn_z"),
        ("--rank", "0", "rank"),
        ("--threads", "-1", "--threads"),
    ):
        done = loam(*tuning(folder, "bad", option, value))
        assert done.returncode == 2
        assert named in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (folder / "bad.gguf").exists()


def test_the_columns_of_a_table_are_told(loam: Loam, folder: Path) -> None:
    table = folder / "table.csv"
    table.write_text("frage,antwort\n" + "".join(f"What is {n}?,It is {n}.\n" for n in range(9)))
    command = [
        *("finetune", "--model", str(folder / "tiny.gguf"), "--rank", "2", "--steps", "1"),
        *("--out", str(folder / "table.gguf"), "--json"),
    ]
    told = ("--map", "question=frage,answer=antwort")
    (done,) = parsed(loam(*command, "--data", str(table), *told))
    assert done["card"]["data"]["rows"] == 9
    refused = loam(*command, "--tokens", str(folder / "tokens.json"), *told)
    assert refused.returncode == 2
    assert "--map" in refused.stderr


def test_a_model_is_checked_and_runs_are_listed_kept_and_deleted(
    loam: Loam, folder: Path, home: Path
) -> None:
    (found,) = parsed(loam("finetune", "check", str(folder / "tiny.gguf"), "--json"))
    assert found["trainable"] is True
    assert 0 < found["memory_needed"] < found["memory_free"]
    refused = loam("finetune", "check", str(folder / "text.txt"))
    assert refused.returncode != 0
    assert "not a model" in refused.stderr
    target = folder / "listed.gguf"
    assert loam(*tuning(folder, "listed")).returncode == 0
    runs = listed(loam)
    assert (runs[0]["adapter"], runs[0]["state"], runs[0]["step"]) == (str(target), "done", 12)
    assert "finished" in loam("finetune", "keep", runs[0]["id"]).stderr
    # One that a window put in the queue waits no longer.
    file = home / "runs" / runs[0]["id"] / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "queued": 5.0}))
    assert "in the queue" in loam("finetune", "runs").stdout
    (out,) = parsed(loam("finetune", "unqueue", runs[0]["id"], "--json"))
    assert out["queued"] == 0.0 == listed(loam)[0]["queued"]
    assert loam("finetune", "delete", runs[0]["id"]).returncode == 0
    assert [run["id"] for run in listed(loam)] == [run["id"] for run in runs[1:]]
    assert target.is_file()


def listed(loam: Loam) -> list[dict[str, Any]]:
    """The runs, the newest first."""
    found: list[dict[str, Any]] = json.loads(loam("finetune", "runs", "--json").stdout)
    return found
