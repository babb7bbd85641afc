"""`loam dataset` in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import patience

Loam = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def loam(tmp_path: Path) -> Loam:
    """Run `python -m app dataset` with these arguments over a fresh profile."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", "--profile", str(tmp_path / "me"), "dataset", *arguments],
            capture_output=True,
            text=True,
            timeout=patience.SECONDS,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )

    return run


def parsed(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The JSON lines of a command that went well."""
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_rows_go_from_a_table_to_a_reviewed_export(loam: Loam, tmp_path: Path) -> None:
    source = tmp_path / "faq.csv"
    lines = [f"question {n};answer {n} for you;doc{n // 3}" for n in range(30)]
    lines[4] += ";too much"
    lines[5] = "who?;write to jo@firma.de;doc1"
    source.write_text("Q;A;Where\n" + "\n".join(lines) + "\n")
    refused = loam("import", str(source), "--name", "FAQ")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "Q, A, Where" in refused.stderr
    mapping = "question=Q, answer=A, group=Where"
    (done,) = parsed(loam("import", str(source), "--name", "FAQ", "--map", mapping, "--json"))
    assert (done["rows"], done["format"]) == (29, "table")
    assert done["rejected"] == [
        {"line": 6, "reason": "it has 4 columns, the first line has 3", "name": ""}
    ]
    (listed,) = parsed(loam("list", "--json"))
    assert (listed["name"], listed["rows"]) == ("FAQ", 29)

    (checked,) = parsed(loam("check", "--json"))
    assert checked["counts"] == {"email": 1}
    (flagged,) = parsed(loam("show", "--finding", "email", "--json"))
    assert flagged["source"]["line"] == 7
    assert flagged["findings"][0]["kind"] == "email"
    assert "1 rows rejected" in loam("reject", str(flagged["id"])).stdout
    (split,) = parsed(loam("split", "--seed", "3", "--fraction", "0.2", "--json"))
    assert (split["train"] + split["validation"], split["seed"]) == (28, 3)
    assert 0 < split["validation"] <= 6
    target = tmp_path / "train.jsonl"
    done_export = loam("export", str(target), "--format", "openai", "--split", "train")
    assert f"{split['train']} rows written, 0 left out" in done_export.stdout
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(records) == split["train"]
    assert all(r["messages"][0]["content"] != "who?" for r in records)

    assert "Undone: Split the rows" in loam("undo", "--name", "FAQ").stdout
    assert "Undone: Reject row" in loam("undo").stdout
    shown = loam("show", str(flagged["id"])).stdout
    assert f"row {flagged['id']} (line 7 of faq.csv), new" in shown
    assert "Note: It seems to hold an e-mail address." in shown


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("import", "nowhere.jsonl", "--name", "A"), "There is no file or folder nowhere.jsonl."),
        (("import", "pyproject.toml", "--name", "A", "--format", "xml"), "no dataset format xml"),
        (("import", "pyproject.toml", "--name", "A", "--map", "question"), "--map is written like"),
        (("import", "pyproject.toml"), "--name"),
        (("show",), "There is no dataset yet."),
        (("show", "--name", "Nope"), "There is no dataset Nope."),
        (("split", "--name", "Nope", "--fraction", "x"), "invalid float value"),
        (("check", "--context", "9"), "--context and --model belong together."),
        (("accept", "7"), "Row 7 is no longer there."),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    loam: Loam, arguments: tuple[str, ...], problem: str
) -> None:
    done = loam(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert problem in done.stderr
