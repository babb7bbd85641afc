"""Adapters from the terminal: judge, compare, list, add, export, delete, restore."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.training import tinymodel
from tests.cli.conftest import Loam, parsed
from tests.training.conftest import write_random_adapter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, rows, a control text, and an adapter for another model."""
    folder = tmp_path_factory.mktemp("adapters")
    tinymodel.write(folder / "tiny.gguf", seed=3)
    rows = [{"prompt": f"What is {n}?", "completion": f"It is {n}."} for n in range(1, 17)]
    for name, part in (("train", rows[:10]), ("held-out", rows[10:])):
        text = "\n".join(json.dumps(row) for row in part)
        (folder / f"{name}.jsonl").write_text(text)
    (folder / "control.txt").write_text("The ferry left the harbour before seven. " * 10)
    tiny, alien = folder / "tiny.gguf", folder / "alien.gguf"
    write_random_adapter(tiny, alien, rank=2, seed=1, base_sha256="0" * 64)
    return folder


@pytest.fixture(scope="module")
def tuned(loam: Loam, folder: Path) -> Path:
    done = loam(
        *("finetune", "--model", str(folder / "tiny.gguf"), "--out", str(folder / "tuned.gguf")),
        *("--data", str(folder / "train.jsonl"), "--validation", str(folder / "held-out.jsonl")),
        *("--learning-rate", "2e-2", "--steps", "8", "--threads", "1", "--validate-every", "0"),
    )
    assert done.returncode == 0, done.stderr
    return folder / "tuned.gguf"


def test_an_adapter_is_judged_on_what_its_run_held_out(
    loam: Loam, folder: Path, tuned: Path
) -> None:
    control = ("--control", str(folder / "control.txt"))
    (found,) = parsed(loam("finetune", "judge", str(tuned), *control, "--json"))
    assert found["verdict"] == "better"
    off, on = found["held_out"]["off"], found["held_out"]["on"]
    assert on["loss"] < off["loss"]
    assert on["bits_per_byte"] < off["bits_per_byte"]
    assert found["interval"][0] <= found["difference"] <= found["interval"][1] < 0
    assert found["held_out"]["rows"] == len(found["rows"]) == 6
    assert found["control"]["name"] == "control.txt"
    assert (found["scale"], found["answers"]) == (1.0, [])

    # Said by a person, who sees which one it was only after the choice.
    run = parsed(loam("adapter", "inspect", str(tuned), "--json"))[0]["card"]["notes"]
    assert run["file"] == "train.jsonl"
    weaker = ("--scale", "0.8", "--answers", "2")
    said = loam("finetune", "judge", str(tuned), *control, *weaker, stdin="1\n0\n")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("Better on held-out rows: loss ")
    assert "The adapter acted at strength 0.8." in said.stdout
    assert said.stdout.count("Which is better?") == 2
    assert said.stdout.count("You chose: ") == 2
    assert "no difference" in said.stdout
    again = json.loads(loam("adapter", "list", "--json").stdout)
    (listed,) = [each for each in again if each["path"] == str(tuned)]
    assert listed["judgement"].startswith("Better on held-out rows")


def test_without_rows_or_model_it_says_what_is_missing(loam: Loam, folder: Path) -> None:
    alien = str(folder / "alien.gguf")
    unnamed = loam("finetune", "judge", alien)
    assert (unnamed.returncode, "--model" in unnamed.stderr) == (2, True)
    model = ("--model", str(folder / "tiny.gguf"))
    rowless = loam("finetune", "judge", alien, *model)
    assert (rowless.returncode, "two held-out rows" in rowless.stderr) == (2, True)
    rows = ("--rows", str(folder / "held-out.jsonl"))
    refused = loam("finetune", "judge", alien, *model, *rows)
    assert (refused.returncode, "another model file" in refused.stderr) == (1, True)


def test_files_are_added_exported_deleted_and_restored(
    loam: Loam, folder: Path, tuned: Path
) -> None:
    model = ("--model", str(folder / "tiny.gguf"))
    refused = loam("adapter", "add", str(folder / "alien.gguf"), *model)
    assert (refused.returncode, "another model file" in refused.stderr) == (1, True)
    (added,) = parsed(loam("adapter", "add", str(tuned), *model, "--json"))
    path = Path(added["path"])
    assert path.read_bytes() == tuned.read_bytes()
    listed = json.loads(loam("adapter", "list", *model, "--json").stdout)
    assert {each["path"]: each["why_not"] for each in listed}[str(path)] == ""
    out = folder / "out.gguf"
    assert parsed(loam("adapter", "export", str(path), "--out", str(out), "--json")) == [
        {"path": str(out)}
    ]
    assert out.read_bytes() == tuned.read_bytes()
    assert loam("adapter", "delete", str(path)).returncode == 0
    assert not path.exists()
    missing = loam("adapter", "delete", str(path))
    assert (missing.returncode, "no adapter" in missing.stderr) == (2, True)
    assert loam("adapter", "restore", str(path)).returncode == 0
    assert path.read_bytes() == tuned.read_bytes()
