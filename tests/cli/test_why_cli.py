"""How answers came about, and test cases of the search, from the terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Loam, parsed


def test_an_answer_is_explained_and_kept_as_a_test_case(loam: Loam, papers: Path) -> None:
    garden = papers / "garden.md"
    assert loam("collections", "add", "Why", str(papers)).returncode == 0
    (answer,) = parsed(
        loam("chat", "--collection", "Why", "--json", stdin="When does the garden open?\n")
    )
    chat = str(answer["chat"])
    (why,) = parsed(loam("why", "--chat", chat, "--words", "Helga Weiss", "--keep", "--json"))
    assert why["query"] == "When does the garden open?"
    assert why["collections"] == ["Why"]
    assert why["found"][0]["path"] == str(garden)
    assert {"rank", "keyword_rank", "meaning_rank", "score", "used", "cut"} <= set(why["found"][0])
    assert [each["used"] for each in why["found"]].count(True) == 1
    assert why["prompt"][-1]["text"].endswith("When does the garden open?")
    assert why["settings"]["relevance"] == 0.4
    assert why["verdict"]["finding"] == "cut"
    assert why["verdict"]["place"]["path"] == str(papers / "trains.txt")

    shown = loam("why", "--chat", chat, "--file", str(garden), "--text", "nine in the morning")
    assert shown.returncode == 0, shown.stderr
    assert "garden.md" in shown.stdout
    assert "The answer has it." in shown.stdout or "Read, but not taken." in shown.stdout

    added = loam(
        *("cases", "--json", "add", "What does entry cost?", "--file", str(garden)),
        *("--text", "Entry to the garden costs 4 euros", "--collection", "Why"),
    )
    (case,) = parsed(added)
    assert case["expected"]["sha256"]
    (scores,) = parsed(loam("cases", "--json", "score"))
    assert [each["lost"] for each in scores["cases"]] == [None, None]
    both = next(each for each in scores["settings"] if each["current"])
    assert both["share"] == 0.6
    assert both["hit_10"] == 1.0
    assert loam("cases", "remove", str(case["id"])).returncode == 0
    (left,) = parsed(loam("cases", "--json", "list"))
    assert left["expected"]["words"] == "Helga Weiss"


def test_a_declined_question_is_explained_without_the_model(loam: Loam, papers: Path) -> None:
    question = "What is the capital of Mongolia?"
    (declined,) = parsed(loam("ask", question, "--docs", str(papers), "--json", "--explain"))
    assert declined["declined"]
    assert declined["explain"]["declined"]
    assert declined["explain"]["best_relevance"] < 0.4
    assert {each["cut"] for each in declined["explain"]["found"]} == {"below"}
    assert declined["explain"]["prompt"] == []
