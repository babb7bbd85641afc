"""Which questions are taken for ones over all documents, and what they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.everything.recognise import (
    is_about_the_text,
    kind_of_attribute,
    recognise,
)
from app.services.everything.wishes import Kind

LIST = Path(__file__).with_name("questions.txt")


def questions() -> list[tuple[str, str]]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("|", 1) for line in lines if line.strip() and not line.startswith("#")]
    return [(kind.strip(), text.strip()) for kind, text in pairs]


def test_the_list_has_enough_of_both_kinds() -> None:
    kinds = [kind for kind, _ in questions()]
    assert kinds.count("-") >= 60
    assert len(kinds) - kinds.count("-") >= 60


@pytest.mark.parametrize(("kind", "text"), questions())
def test_a_question_is_taken_for_what_it_is(kind: str, text: str) -> None:
    wish = recognise(text)
    assert (wish.kind.value + "?" * wish.unsure if wish else "-") == kind


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("Which files contain the word “late fee”?", ("late fee",)),
        ("How many documents mention Anna or the name Berta?", ("Anna", "Berta")),
        ("Which documents contain information about insurance?", ("insurance",)),
        ("How often does Wartung vor?", None),
        ("In wie vielen Dokumenten kommt das Wort Wartung vor?", ("Wartung",)),
    ],
)
def test_the_words_to_look_for_are_told_apart(question: str, terms: tuple[str, ...] | None) -> None:
    wish = recognise(question)
    assert (wish.terms if wish else None) == terms


def test_a_list_knows_what_its_items_must_be() -> None:
    people = recognise("List all people who teach a course")
    assert people is not None
    assert (people.kind, people.values) == (Kind.LIST, "people")
    tools = recognise("List all tools made by Brisk")
    assert tools is not None
    assert (tools.values, tools.subject) == ("", "tools made by Brisk")
    assert not tools.counting
    counted = recognise("How many different makers are there?")
    assert counted is not None
    assert (counted.subject, counted.counting) == ("makers", True)


def test_a_comparison_knows_its_attributes() -> None:
    wish = recognise("Compare the contracts by price, delivery date and notice period")
    assert wish is not None
    assert wish.attributes == ("price", "delivery date", "notice period")
    kinds = [kind_of_attribute(each) for each in wish.attributes]
    assert kinds == ["amounts", "dates", ""]


def test_a_file_that_is_named_is_the_one_that_counts() -> None:
    wish = recognise("Give me a short summary of handbook.pdf")
    assert wish is not None
    assert wish.names == ("handbook.pdf",)


@pytest.mark.parametrize("text", ["", "   ", "?", "list\nall dates", "List all " + "a" * 400])
def test_what_is_no_question_is_left_alone(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize(
    ("question", "things", "attributes"),
    [
        ("List all courses and their prices", "courses", ("prices",)),
        ("List all the workshops and what each costs", "workshops", ("price",)),
        ("Show me all offers with their due dates and totals", "offers", ("due dates", "totals")),
        ("Liste alle Kurse und ihre Preise auf", "Kurse", ("Preise",)),
        ("List all nuts and bolts", "nuts and bolts", ()),
        ("List all tools and their owners", "tools and their owners", ()),
    ],
)
def test_what_each_thing_is_to_say_is_told_apart(
    question: str, things: str, attributes: tuple[str, ...]
) -> None:
    wish = recognise(question)
    assert wish is not None
    assert (wish.listed, wish.attributes) == (things, attributes)


def test_headings_about_a_text_are_none_of_its_things() -> None:
    assert is_about_the_text("How to sign up")
    assert is_about_the_text("Einleitung")
    assert not is_about_the_text("Plastering a wall")
    assert not is_about_the_text("Howling")
