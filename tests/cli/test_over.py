"""`ask --over`: all passages, or the best ones."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests import patience
from tests.cli.conftest import Loam, parsed


def test_ask_goes_through_everything_and_says_how(loam: Loam, papers: Path) -> None:
    question = "Which documents mention the garden?"
    (answer,) = parsed(loam("ask", question, "--docs", str(papers), "--json"))
    went = answer["everything"]
    assert (went["kind"], went["by_model"]) == ("files_with", False)
    assert [item["text"] for item in went["items"]] == ["garden.md"]
    assert went["passages"] == went["of_passages"]
    (place,) = went["items"][0]["places"]
    text = Path(place["path"]).read_text()
    assert text[place["start"] : place["end"]].lower() == "garden"
    told = loam("ask", question, "--docs", str(papers))
    assert "1 of 2 documents has “garden”" in told.stdout
    assert "read literally, not understood" in told.stdout


def test_ask_over_the_best_passages_goes_through_nothing(loam: Loam, papers: Path) -> None:
    question = "Which documents mention the garden?"
    (answer,) = parsed(loam("ask", question, "--docs", str(papers), "--over", "best", "--json"))
    assert "everything" not in answer
    refused = loam("ask", question, "--docs", str(papers), "--over", "nothing")
    assert refused.returncode == 2


def test_ctrl_c_keeps_what_was_found(home: Path, papers: Path, tmp_path: Path) -> None:
    for number in range(5):
        text = f"Chapter {number} is about the village of Elm number {number}. " * 12
        (tmp_path / f"{number:02}.txt").write_text(text)
    command = [sys.executable, "-m", "app", "--profile", str(home), "ask"]
    # Ready before the run that is stopped, so that the index is not what takes long.
    ready = [*command, "How many documents are there?", "--docs", str(tmp_path)]
    subprocess.run(ready, check=True, capture_output=True, timeout=patience.SECONDS)
    run = subprocess.Popen(
        [*command, "Summarise the documents", "--docs", str(tmp_path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    replies = home / "adhoc" / "replies.sqlite3"
    deadline = time.monotonic() + patience.SECONDS
    while not (replies.exists() and kept(replies)) and run.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    said, told = run.communicate(timeout=patience.SECONDS)
    assert run.returncode == 0, told
    answer = json.loads(said)
    went = answer["everything"]
    assert 0 < went["passages"] <= went["of_passages"]
    assert "[1]" in answer["answer"]


def kept(replies: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{replies}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM replies").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
