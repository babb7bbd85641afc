"""Which questions lean on the one before them."""

from __future__ import annotations

import pytest

from app.services.followups import leans, search_text


@pytest.mark.parametrize(
    "question",
    [
        "And the price?",
        "When does it take place?",
        "What should I wear?",
        "How many are there?",
        "Which one was borrowed most often?",
        "What else is in the handbook of the club?",
        "Why?",
        "",
    ],
)
def test_leaning(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "When is the summer party?",
        "Who leads the repair team?",
        "How long can I keep a large machine?",
        "Does the ticket say what it costs?",
        "Who was one prominent arms manufacturer?",
    ],
)
def test_standing_alone(question: str) -> None:
    assert not leans(question)


def test_only_the_last_question_is_joined() -> None:
    earlier = ["Where is Leeds?", "Who teaches plastering?"]
    assert search_text("When does it begin?", earlier) == (
        "Who teaches plastering? When does it begin?"
    )
    assert search_text("When is the summer party?", earlier) == "When is the summer party?"
    assert search_text("When does it begin?", []) == "When does it begin?"
