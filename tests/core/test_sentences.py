"""Sentences of passages, whose lines may be broken anywhere."""

from __future__ import annotations

from app.core.sentences import sentences, sentences_within

WRAPPED = """# Fees of the library

The library at 14 Alder Street lends tools to all who live in
Fenwick. A large machine costs 12,000 crowns new, and some of the
larger ones cost 86,000 crowns.
- hand tools are lent for nothing to members and to their neighbours
- power tools cost 2 euros a day
The desk is open on Tuesday and on Saturday morning from nine until
twelve

1001,Claw hammer,Hand tool,Norden,none,A1,2014,18 euros and more
1002,Spirit level 120 cm,Hand tool,Halden,none,A2,2016,34"""


def test_a_sentence_of_a_document_goes_on_over_the_ends_of_its_lines() -> None:
    found = sentences_within(WRAPPED)
    assert [each.text for each in found] == [
        "Fees of the library",
        "The library at 14 Alder Street lends tools to all who live in Fenwick.",
        "A large machine costs 12,000 crowns new, and some of the larger ones cost 86,000 crowns.",
        "hand tools are lent for nothing to members and to their neighbours",
        "power tools cost 2 euros a day",
        "The desk is open on Tuesday and on Saturday morning from nine until twelve",
        "1001,Claw hammer,Hand tool,Norden,none,A1,2014,18 euros and more",
        "1002,Spirit level 120 cm,Hand tool,Halden,none,A2,2016,34",
    ]
    for each in found:
        assert " ".join(WRAPPED[each.start : each.end].split()) == each.text


def test_a_line_of_an_answer_is_a_line() -> None:
    answer = "The fee is five euros a day for a power tool and\nthe deposit is 50 euros."
    assert len(sentences(answer)) == 2
