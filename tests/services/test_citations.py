"""Citations: sentences, markers, support, quotes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.sentences import sentences, without_markers
from app.services import citations
from app.services.citations import support

GARDEN = "The garden opens at nine. Entry costs 4 euros. Dogs are welcome on a lead."
TRAINS = "Trains leave every 20 minutes from platform 3. Dr. Weiss founded the line in 1987."


def alike(sentences: Sequence[str], passages: Sequence[str]) -> list[list[float]]:
    """Cosines that leave the decision to the words."""
    return [[0.6] * len(passages) for _ in sentences]


def test_each_sentence_gets_its_own_passage() -> None:
    text, used = citations.cite(
        "Entry costs 4 euros. Trains leave every 20 minutes.", [GARDEN, TRAINS], alike
    )
    assert text == "Entry costs 4 euros [1]. Trains leave every 20 minutes [2]."
    assert used == {1, 2}


def test_a_row_of_a_table_keeps_its_cells() -> None:
    text, _ = citations.cite("| What | Fee |\n|---|---|\n| Entry | 4 euros |", [GARDEN], alike)
    assert text.endswith("| Entry | 4 euros [1] |")


def test_a_wrong_number_is_not_cited() -> None:
    text, used = citations.cite("Entry costs 5 euros.", [GARDEN, TRAINS], alike)
    assert (text, used) == ("Entry costs 5 euros.", set())


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Dogs are welcome?", GARDEN),
        ("متى تغلق المكتبة؟", "متى تغلق المكتبة يوم الجمعة."),
        ("**入館料は？**", "入館料は 四百円です。"),
    ],
)
def test_a_question_that_the_model_repeats_is_not_cited(question: str, passage: str) -> None:
    assert citations.cite(question, [passage], alike) == (question, set())


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("月曜日は休館です。", "月曜日は休館です [1]。"),
        ("Dogs are welcome (on a lead).", "Dogs are welcome (on a lead) [1]."),
        ("Dogs are “welcome”!", "Dogs are “welcome” [1]!"),
        ("“Dogs are welcome.”", "“Dogs are welcome [1].”"),
        ("**Dogs are welcome**", "**Dogs are welcome** [1]"),
    ],
)
def test_a_marker_stands_before_the_end_mark(said: str, marked: str) -> None:
    assert citations.cite(said, [f"{GARDEN} 月曜日は休館です。"], alike) == (marked, {1})


def test_a_quote_finds_the_row_that_has_the_name() -> None:
    rows = ["Bolt M7x384,1153,89,49.92\nBolt M8x385,1156,96,50.05", "Bolt M7x44,133,82,5.72"]
    best = citations.best_quote("What is the weight of Bolt M7x44?", rows, alike)
    assert best is not None
    assert (best.text, best.number) == ("Bolt M7x44,133,82,5.72", 2)


def test_markers_that_the_model_invents_go() -> None:
    text, used = citations.cite("Dogs are welcome on a lead [7]. See [source 2].", [GARDEN], alike)
    assert text == "Dogs are welcome on a lead [1]. See."
    assert used == {1}


def test_of_passages_with_the_same_words_the_nearest_in_meaning_is_cited() -> None:
    near = lambda s, p: [[0.1, 0.7] for _ in s]  # noqa: E731
    text, _ = citations.cite("Dogs are welcome on a lead.", [GARDEN, f"{GARDEN} Really."], near)
    assert text == "Dogs are welcome on a lead [2]."


@pytest.mark.parametrize(
    ("sentence", "passage", "said"),
    [
        ("Dogs are not welcome on a lead.", GARDEN, False),
        ("Dogs aren't welcome on a lead.", GARDEN, False),
        ("Dogs are welcome on a lead.", GARDEN, True),
        ("Dogs are not welcome.", "Dogs are\nnot welcome here. Entry costs 4 euros.", True),
        ("Dogs may never come in.", "Entry is for nobody but members. Dogs may come in.", False),
    ],
)
def test_a_not_must_stand_in_the_passage_too(sentence: str, passage: str, said: bool) -> None:
    assert (support(sentence, passage, 0.9) > 0) is said


def test_code_is_kept_to_the_letter() -> None:
    text = "Entry costs 4 euros.\n```python\nprice[1] = 4. Entry costs 4 euros.\n```\n"
    marked, _ = citations.cite(text, [GARDEN], alike)
    assert "price[1] = 4. Entry costs 4 euros.\n```" in marked
    assert marked.startswith("Entry costs 4 euros [1].")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Weiss came in 3.5 hours. He left.", ["Dr. Weiss came in 3.5 hours.", "He left."]),
        ("- First point\n- Second point.", ["First point", "Second point."]),
        ("1. The fee is low.\n2) Dogs may come.", ["The fee is low.", "Dogs may come."]),
        (
            "It costs 4 [1]. “Quoted.” [2] Last [1].",
            ["It costs 4 [1].", "“Quoted.” [2]", "Last [1]."],
        ),
        ("<think>Is it so? Yes.</think>\nIt is so.", ["It is so."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        (
            "開館は九時です。月曜日は休館です。[1] 「はい。」",
            ["開館は九時です。", "月曜日は休館です。[1]", "「はい。」"],
        ),
        ("متى تغلق المكتبة؟ تغلق يوم الجمعة.", ["متى تغلق المكتبة؟", "تغلق يوم الجمعة."]),
        ("", []),
        ("...", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert [s.text for s in sentences(text)] == parts


@given(st.text(alphabet="ab1 .!?\n`#*-|[]\"')_é漢", max_size=200))
def test_sentences_are_slices_in_order(text: str) -> None:
    at = 0
    for part in sentences(text):
        assert part.start >= at
        assert text[part.start : part.end] == part.text
        at = part.end


@given(st.text(alphabet="The garden opens 4 9.\n[1]`", max_size=120))
def test_citing_only_adds_markers(text: str) -> None:
    marked, _ = citations.cite(text, [GARDEN], alike)
    assert without_markers(marked) == without_markers(text)


@pytest.mark.parametrize(
    ("marked", "left", "dropped"),
    [
        (
            "Entry costs 4 euros [1]. So that is 400 euros. Dogs may come [2].",
            "Entry costs 4 euros [1]. Dogs may come [2].",
            1,
        ),
        (
            "- Entry costs 4 euros [1].\n- Cats are free.\n- Dogs may come [1].",
            "- Entry costs 4 euros [1].\n\n- Dogs may come [1].",
            1,
        ),
        ("Entry costs 4 euros [1].", "Entry costs 4 euros [1].", 0),
        ("Made up. Also made up.", "", 2),
    ],
)
def test_sentences_without_support_can_be_left_out(marked: str, left: str, dropped: int) -> None:
    assert citations.cited_only(marked) == (left, dropped)


def test_the_best_quote_answers_the_question() -> None:
    quote = citations.best_quote("What does entry to the garden cost?", [TRAINS, GARDEN], alike)
    assert quote == citations.Quote("Entry costs 4 euros.", 2)


def test_a_quote_that_the_answer_holds_is_known() -> None:
    assert citations.says("It says that entry costs 4 euros today.", "Entry costs 4 euros.")
    assert not citations.says("Entry costs little.", "Entry costs 4 euros and opens at nine.")


def test_no_quote_from_nothing() -> None:
    assert citations.best_quote("What?", ["", "..."], alike) is None


def test_names_and_dates_must_stand_in_the_passage() -> None:
    passage = "The library was opened on 4 March 2011 by Helga Weiss, its first director."
    assert support("Helga Weiss opened the library on March 4, 2011.", passage, 0.8) > 0
    assert support("Helga Braun opened the library on March 4, 2011.", passage, 0.9) == 0
    assert support("Helga Weiss opened the library on March 5, 2011.", passage, 0.9) == 0
    told = "It was opened on 4 March 2011 by her, its first director."
    sentence = "Helga Weiss opened it on March 4, 2011 as first director."
    assert support(sentence, told, 0.8) == 0
    assert support(sentence, told, 0.8, "About us > Helga Weiss") > 0


_FEES = (
    "The membership fee is 35 euros a year. Students and people over 65 pay 20 euros a year. New "
    "members also leave a deposit of 50 euros. The deposit is paid back when you leave the library."
)


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("The membership fee is 35 euros a year.", True),
        ("The fee for students is 20 euros a year.", True),
        ("People over 65 pay 20 euros.", True),
        ("New members leave a deposit of 50 euros.", True),
        ("The deposit of 20 euros is paid back when you leave the library.", False),
        ("New members leave a deposit of 35 euros.", False),
    ],
)
def test_a_number_must_be_said_of_the_same(sentence: str, true: bool) -> None:
    assert (support(sentence, _FEES, 0.9) > 0) is true


def test_a_table_says_its_numbers_of_what_stands_in_its_headings() -> None:
    table = (
        "Kind of tool Loan period Late fee per day Hand tool 7 days 2 euros Large machine 3 days"
    )
    assert support("The late fee is 2 euros for a hand tool.", table, 0.5) > 0
    assert support("It costs 20 euros a place.", "It costs 20 euros.", 0.5, "Bike repair") > 0
    assert support("Bicycle repair costs 20 euros.", "It costs 20 euros.", 0.5, "Bike repair") > 0


def test_of_a_tiny_model_only_what_says_little_besides_its_passage_is_kept() -> None:
    passage = "The garden was founded by Rosa Lind in 1980 and belongs to the town since 2001."
    kept = "The text says that the garden was founded by Rosa Lind in 1980."
    invented = "Rosa Lind founded the garden in 1980 after a tragic quarrel."
    marked, used = citations.cite(f"{kept} {invented}", [passage], alike)
    assert used == {1}
    assert marked.count("[1]") == 2, "both have enough words of the passage"
    sure = citations.surely_cited(marked, [passage], "Who founded the garden?")
    assert citations.cited_only(sure) == (f"{kept[:-1]} [1].", 1)
    # What the question itself says is not invented.
    asked = "Was there a tragic quarrel before the garden was founded?"
    assert citations.surely_cited(marked, [passage], asked) == marked


def test_words_that_stand_far_apart_in_a_passage_carry_no_sentence() -> None:
    passage = (
        "The garden opens its gates on Saturday. Visitors pay 4 euros. Children pay nothing. "
        "Dogs stay on a lead. The shop sells seeds. The café is closed in Winter Week."
    )
    assert citations.support("The garden opens on Saturday.", passage, 0.5) > 0
    assert citations.support("Visitors pay 4 euros, and dogs stay on a lead.", passage, 0.5) > 0
    assert citations.support("The garden opens its gates in Winter Week.", passage, 0.5) == 0
    assert citations.support("The garden café opens for 4 euros.", passage, 0.5) == 0
    # The first row of a table is said of all its rows.
    table = "Tool,Shelf,Price in euros\nHammer,A1,18\nSaw,A2,20\nDrill,B4,99\nPlane,C1,62\n"
    assert citations.support("The price of the plane is 62 euros.", table, 0.5) > 0
