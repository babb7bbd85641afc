"""What became of each sentence: the words that the check says, and the places it points at."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.types import Chat, ChatKind, Hit, Message, Passage, Role, Source, Status
from app.services import checking
from app.services.checking import check
from app.services.export import export


def source(number: int, text: str) -> Source:
    passage = Passage(number, 1, "/a.txt", "Rules", None, (), 0, len(text), text)
    return Source(number, Hit(passage, 1.0, 1.0, 1.0))


SOURCES = (source(1, "The fee is 35 euros."), source(7, "It opened in 2011, on the quay."))


def test_each_sentence_has_its_source_or_what_is_nowhere() -> None:
    marked = "The fee is 35 euros [1]. It opened in 2012, says Ada Byron. So it goes [7]."
    found = check(marked, SOURCES)
    assert [marked[each.start : each.end] for each in found] == [
        "The fee is 35 euros [1].",
        "It opened in 2012, says Ada Byron.",
        "So it goes [7].",
    ]
    assert [(each.passage, each.missing) for each in found] == [
        (1, ()),
        (0, ("2012", "Ada Byron")),
        (7, ()),
    ]
    assert [each.supported for each in found] == [True, False, True]
    assert checking.summary(found) == (
        "Check: 2 of 3 sentences stand in the sources. A check, not a proof."
    )
    assert checking.doubt(found[1]) == (
        "No passage says this. “2012” is not in the passages. “Ada Byron” is not in the passages."
    )


def test_only_what_no_source_has_is_called_missing() -> None:
    (found,) = check("The fee was 35 euros in 2011.", SOURCES)
    assert (found.passage, found.missing) == (0, ())


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("It costs 20 euros a year.", "20 euros"),
        ("It costs €20 a year.", "€20"),
        ("It rose by 20% at once.", "20%"),
        ("It has 20 and more.", "20"),
        ("In 1990 nobody came.", "1990"),
        ("It came on 4 March 2013 by ship.", "4 March 2013"),
    ],
)
def test_numbers_are_named_with_their_unit(sentence: str, missing: str) -> None:
    assert check(sentence, SOURCES)[0].missing == (missing,)


@pytest.mark.parametrize(
    "text",
    [
        "# The fees of 1990",
        "| Day of 1990 | Fee |\n|---|:--|\n",
        "Shall I go on?",
        "متى تغلق المكتبة في 1990؟",
        "These are the fees:",
        "- **The fees of 1990:**",
        "It is.",
    ],
)
def test_what_claims_nothing_is_passed_over(text: str) -> None:
    assert check(text, SOURCES) == ()
    assert checking.summary(()) == ""


def test_a_marker_without_a_source_supports_nothing() -> None:
    assert not check("The fee is 35 euros [3].", SOURCES)[0].supported


@given(st.text(alphabet="The fee 35.?\n#-*1[]) <think/>`é漢", max_size=160))
def test_places_are_in_the_text_and_in_order(text: str) -> None:
    at = 0
    for each in check(text, SOURCES):
        assert at <= each.start < each.end <= len(text)
        at = each.end


def test_exports_tell_what_no_source_says() -> None:
    text = "The fee is 35 euros [1]. It costs 20 euros to leave."
    chat = Chat(1, "Fees", ChatKind.CHAT, "", False, 0.0, 0.0, 1)
    answer = Message(
        1, 1, None, Role.ASSISTANT, text, Status.COMPLETE, 0.0, checks=check(text, SOURCES)
    )
    told = export(chat, [answer], "markdown")
    assert "Check: 1 of 2 sentences stand in the sources. A check, not a proof." in told
    assert (
        "- It costs 20 euros to leave. (No passage says this. “20 euros” is not in the passages.)"
        in told
    )
    (message,) = json.loads(export(chat, [answer], "json"))["messages"]
    assert message["checks"] == [
        {"start": 0, "end": 24, "supported": True, "passage": 1, "missing": []},
        {"start": 25, "end": 52, "supported": False, "passage": None, "missing": ["20 euros"]},
    ]
