"""`ask --over`: all passages, or the best ones."""

from __future__ import annotations

from pathlib import Path

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
