"""The terminal with the real model, index and processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import patience
from tests.cli.conftest import Loam, parsed


def test_ask_answers_with_a_citation_that_leads_to_the_text(loam: Loam, papers: Path) -> None:
    (answer,) = parsed(
        loam("ask", "How much does entry to the garden cost?", "--docs", str(papers), "--json")
    )
    documented = {"answer", "declined", "sources", "tokens_per_second", "checks", "note", "steps"}
    assert set(answer) == documented | {"helpers"}
    assert answer["helpers"] == []
    assert answer["declined"] is False
    assert answer["tokens_per_second"] > 0
    assert "4 euros" in answer["answer"]
    cited = [s for s in answer["sources"] if f"[{s['number']}]" in answer["answer"]]
    assert any("4 euros" in s["text"] and s["path"] == str(papers / "garden.md") for s in cited)


def test_ask_declines_what_the_documents_do_not_cover(loam: Loam, papers: Path) -> None:
    (answer,) = parsed(
        loam("ask", "Who won the football world cup in 2014?", "--docs", str(papers), "--json")
    )
    assert answer["declined"] is True
    assert answer["tokens_per_second"] == 0
    assert "nothing" in answer["answer"]


def test_a_document_that_cannot_be_read_is_named_and_stops_nothing(
    loam: Loam, papers: Path
) -> None:
    done = loam("search", "platform of the trains", "--docs", str(papers))
    assert done.returncode == 0
    assert "broken.pdf" in done.stderr
    assert "trains.txt" in done.stdout.splitlines()[0]
    # The query may stand after the paths too.
    after = loam("search", "--docs", str(papers), "platform of the trains", "--top", "8")
    assert after.stdout == done.stdout


def test_search_answers_a_file_of_queries(loam: Loam, papers: Path, tmp_path: Path) -> None:
    queries = tmp_path / "q.jsonl"
    queries.write_text(
        '{"id": "a", "query": "when does the garden open?"}\n\n{"id": 7, "query": "Helga Weiss"}\n'
    )
    rows = parsed(
        loam("search", "--docs", str(papers), "--queries", str(queries), "--top", "2", "--json")
    )
    assert [row["id"] for row in rows] == ["a", 7]
    for row, name in zip(rows, ("garden.md", "trains.txt"), strict=True):
        hits = row["hits"]
        assert 1 <= len(hits) <= 2
        assert Path(hits[0]["path"]).name == name
        assert [h["score"] for h in hits] == sorted((h["score"] for h in hits), reverse=True)
        for hit in hits:
            text = Path(hit["path"]).read_text()
            assert text[hit["start"] : hit["end"]] == hit["text"]
            assert hit["page"] is None


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["ask", "why?", "--docs", "no/such/file.pdf"], "no/such/file.pdf"),
        (["ask", "why?", "--model", "none.gguf"], "none.gguf"),
        (["ask", "  "], "question"),
        (["search", "--docs", "."], "query"),
        (["search", "x", "--docs", ".", "--top", "0"], "--top"),
        (["search", "x", "--docs", ".", "--queries", "missing.jsonl"], "either"),
        (["chats", "export", "999999"], "chat"),
        (["collections", "files", "Nowhere"], "Nowhere"),
        (["settings", "passages=many"], "passages"),
        (["models", "add", "none.gguf"], "none.gguf"),
        (["frobnicate"], "frobnicate"),
        (["ask"], "question"),
    ],
)
def test_wrong_use_is_one_line_that_names_it(loam: Loam, arguments: list[str], named: str) -> None:
    done = loam(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert named in done.stderr


def test_a_bad_queries_file_names_the_line(loam: Loam, papers: Path, tmp_path: Path) -> None:
    queries = tmp_path / "q.jsonl"
    queries.write_text('{"id": 1, "query": "x"}\n{"id": 2}\n')
    done = loam("search", "--docs", str(papers), "--queries", str(queries))
    assert done.returncode == 2
    assert "line 2" in done.stderr


def test_a_file_that_is_no_model_is_refused(loam: Loam, tmp_path: Path) -> None:
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"not a model at all")
    done = loam("ask", "why?", "--model", str(fake))
    assert done.returncode == 1
    assert "fake.gguf" in done.stderr


def test_chat_keeps_the_conversation(loam: Loam) -> None:
    done = loam("chat", "--json", stdin="My name is Ada.\nSay hello to me.\n")
    first, second = parsed(done)
    assert first["answer"]
    assert second["answer"]
    assert first["chat"] == second["chat"]
    exported = json.loads(loam("chats", "export", str(first["chat"]), "--format", "json").stdout)
    assert [m["role"] for m in exported["messages"]] == ["user", "assistant"] * 2
    assert exported["messages"][0]["content"] == "My name is Ada."
    assert exported["title"] == "My name is Ada."
    listed = loam("chats", "list", "hello").stdout
    assert "My name is Ada." in listed
    loam("chats", "delete", str(first["chat"]))
    assert "My name is Ada." not in loam("chats", "list").stdout
    loam("chats", "restore", str(first["chat"]))
    assert "My name is Ada." in loam("chats", "list").stdout


def test_a_collection_lives_across_commands(loam: Loam, papers: Path) -> None:
    loam("collections", "add", "Town", str(papers))
    (town,) = [c for c in parsed(loam("collections", "--json", "list")) if c["name"] == "Town"]
    assert (town["files"], town["ready"]) == (3, 2)
    (answer,) = parsed(
        loam(
            "chat", "--json", "--collection", "Town", stdin="From which platform do trains leave?\n"
        )
    )
    assert "3" in answer["answer"]
    assert answer["sources"][0]["path"].endswith("trains.txt")
    loam("collections", "remove", "Town", str(papers / "trains.txt"))
    names = [f["name"] for f in parsed(loam("collections", "--json", "files", "Town"))]
    assert sorted(names) == ["broken.pdf", "garden.md"]
    loam("collections", "delete", "Town")
    assert parsed(loam("collections", "--json", "list")) == []


def test_doctor_tells_versions_devices_and_places(loam: Loam, home: Path) -> None:
    (report,) = parsed(loam("doctor", "--json"))
    assert report["profile"] == str(home)
    assert report["packages"]["llama-cpp-python"] == "0.3.36"
    cpu = [d for d in report["devices"] if d["kind"] == "cpu"]
    assert len(cpu) == 1
    assert cpu[0]["available"]
    for device in report["devices"]:
        assert device["available"] or device["why_not"], device
    assert Path(report["model"]).is_file()


def test_without_a_screen_it_answers_from_the_samples(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "--profile", str(home)],
        capture_output=True,
        text=True,
        timeout=5 * patience.SECONDS,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "35 euros a year [" in done.stdout
    assert "member-handbook.pdf, page 1" in done.stdout
    assert done.stderr == ""


def test_settings_are_kept(loam: Loam) -> None:
    assert loam("settings", "passages=6", "theme=dark").returncode == 0
    (settings,) = parsed(loam("settings", "--json"))
    assert (settings["passages"], settings["theme"]) == (6, "dark")
    loam("settings", "passages=0", "theme=system")
