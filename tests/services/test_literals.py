"""Numbers, dates and names are found and compared as a careful reader would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.literals import Kind, literals, missing


def texts(sentence: str) -> list[tuple[str, str]]:
    return [(each.kind.value, each.text) for each in literals(sentence)]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The fee is 35 euros a year.", [("number", "35")]),
        ("It rose from 1,250 to 3.5 percent.", [("number", "1,250"), ("number", "3.5")]),
        ("There are three rooms.", [("number", "three")]),
        ("No one knows the second room.", []),
        ("Founded on 4 March 2011 in Leeds.", [("date", "4 March 2011"), ("name", "Leeds")]),
        ("On March 4th, 2011 it rained.", [("date", "March 4th, 2011")]),
        ("Since 2011-03-04.", [("date", "2011-03-04")]),
        ("In March 2011.", [("date", "March 2011")]),
        ("In 2011 it may open.", [("number", "2011")]),
        ("The library is led by Ada Byron.", [("name", "Ada Byron")]),
        ("Ada Byron leads it.", [("name", "Ada Byron")]),
        ("Members pay on Mondays and The Club closes.", [("name", "Mondays"), ("name", "Club")]),
        ("The Bank of England said so.", [("name", "Bank of England")]),
        ("I think it is so.", []),
    ],
)
def test_what_is_found(sentence: str, found: list[tuple[str, str]]) -> None:
    assert texts(sentence) == found


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The fee is 1250 euros.", "A fee of 1,250 EUR."),
        ("The fee is 1,250.", "A fee of 1250.00 EUR."),
        ("There are three rooms.", "It has 3 rooms."),
        ("The bolt weighs 133 g.", "Bolt M7x44,133,82,5.72"),
        ("The price is 5.72.", "Bolt M7x44,133,82,5.72"),
        ("It has 412 of them.", "Nut,44,412,7"),
        ("There are 12.", "Twelve came."),
        ("It was on 4 March 2011.", "Date: 2011-03-04"),
        ("It was in March 2011.", "On March 4, 2011 it was."),
        ("It was on March 4.", "04/03/2011"),
        ("It was in 2011.", "On 4 March 2011."),
        ("Led by J. Smith.", "John Smith leads it."),
        ("Led by the Smiths.", "The Smith family leads it."),
        ("The LIBRARY and Ada's dog.", "ada has a dog in the library"),
        ("The Anglo-Saxon king.", "an Anglo Saxon king"),
    ],
)
def test_what_agrees(sentence: str, passage: str) -> None:
    assert missing(sentence, passage) == ()


@pytest.mark.parametrize(
    ("sentence", "passage", "lacking"),
    [
        ("The fee is 35 euros.", "A fee of 350 euros.", ["35"]),
        ("The fee is 3.5.", "A fee of 35.", ["3.5"]),
        ("The fee is 250.", "A fee of 1,250 euros, or more.", ["250"]),
        ("It has four rooms.", "It has 3 rooms.", ["four"]),
        ("It was on 4 March 2011.", "It was on 5 March 2011.", ["4 March 2011"]),
        ("It was on 4 March 2011.", "It was in March 2011.", ["4 March 2011"]),
        ("It was in March 2011.", "In May 2011.", ["March 2011"]),
        ("It was in 2012.", "On 4 March 2011.", ["2012"]),
        ("Led by Ada Byron.", "Led by Ada Lovelace.", ["Ada Byron"]),
        ("Led by Q. Smith.", "John Smith leads it.", ["Q. Smith"]),
    ],
)
def test_what_does_not(sentence: str, passage: str, lacking: list[str]) -> None:
    assert [each.text for each in missing(sentence, passage)] == lacking


def test_names_may_stand_above_the_passage() -> None:
    assert missing("It was built by Helga Weiss.", "It was built by her.")
    assert not missing("It was built by Helga Weiss.", "It was built by her.", "Helga Weiss")
    # Figures may not.
    assert missing("It was built in 1987.", "It was built by her.", "1987")


@given(st.text())
def test_any_text_carries_itself(text: str) -> None:
    for each in literals(text):
        assert text[each.start : each.end] == each.text
        assert each.kind in Kind
    assert missing(text, text) == ()
