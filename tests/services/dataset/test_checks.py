"""What the checks find, and what they leave alone."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence

import pytest

from app.core.messages import Turn
from app.services.dataset.checks import answers, length, personal
from app.services.dataset.checks.balance import balance
from app.services.dataset.checks.duplicates import Duplicates
from app.services.dataset.checks.minhash import ALIKE, Near
from app.services.dataset.service import DatasetService
from app.services.dataset.types import (
    Checked,
    Draft,
    Filter,
    Finding,
    Kind,
    Origin,
    Provenance,
    Row,
    Split,
    State,
)
from tests.services.dataset.conftest import talk, text

WORDS = [f"word{n}" for n in range(3000)]


def row(draft: Draft, key: int = 1, split: Split = Split.NONE) -> Row:
    source = Provenance(Origin.PERSON)
    return Row(key, 1, draft.turns, draft.label, draft.spans, "", State.NEW, split, source, 0, 0)


@pytest.mark.parametrize(
    ("said", "kind", "found"),
    [
        ("Write to jo.doe+x@mail.firma.co.uk.", Kind.EMAIL, "jo.doe+x@mail.firma.co.uk"),
        ("Card 4111 1111 1111 1111, please", Kind.CARD, "4111 1111 1111 1111"),
        ("5500-0000-0000-0004", Kind.CARD, "5500-0000-0000-0004"),
        ("Amex 340000000000009.", Kind.CARD, "340000000000009"),
        ("IBAN DE89 3704 0044 0532 0130 00 AND MORE", Kind.IBAN, "DE89 3704 0044 0532 0130 00"),
        ("GB82WEST12345698765432", Kind.IBAN, "GB82WEST12345698765432"),
        ("Ring +49 30 901820 today", Kind.PHONE, "+49 30 901820"),
        ("+1 (555) 234-5678", Kind.PHONE, "+1 (555) 234-5678"),
        ("Tel. (030) 901 82 00", Kind.PHONE, "(030) 901 82 00"),
        ("call 555-234-5678", Kind.PHONE, "555-234-5678"),
        ("07700 900123 is mine", Kind.PHONE, "07700 900123"),
    ],
)
def test_likely_personal_data_is_found_where_it_stands(said: str, kind: Kind, found: str) -> None:
    (finding,) = personal.check(row(talk("Who?", said)))
    assert (finding.kind, finding.turn) == (kind, 1)
    assert said[finding.start : finding.end] == found
    assert found not in finding.detail


@pytest.mark.parametrize(
    "said",
    [
        "jo@example.com wrote to @someone at 5 p.m.",
        "4111 1111 1111 1112 is no card",
        "0000 0000 0000 0000",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
        "GB82 WEST 1234 5698 7654 33",
        "On 12.05.2024 and 2024-05-12, 1990 to 2010",
        "192.168.100.200:8080 and version 10.20.300.4000",
        "Pi is 3.14159265358979 and 2 + 2 = 4",
        "The population was 83,240,525 in 2020.",
        "ISBN 978-3-16-148410-0",
        "45 kilometers is 45000 meters, or 1 000 000 000 micrometers",
        "f(x) = (12) * 1234567890",
    ],
)
def test_what_only_looks_alike_is_left_alone(said: str) -> None:
    assert list(personal.check(row(talk("What?", said)))) == []


@pytest.mark.parametrize(
    "answer",
    [
        "Yes",
        "Paris is the capital",
        "It is long. " * 30,
        "It is long. " * 30 + "\n\n- one\n- two thing",
        "It is long. " * 30 + "\n```python\nprint(1)\n```",
        "It is long. " * 30 + "(really!)",
        "他说。" * 90,
        "It is long. " * 30 + "\nBest wishes,\nHelga",
    ],
)
def test_whole_answers_pass(answer: str) -> None:
    assert list(answers.check(row(talk("q", answer)))) == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("  \n", Kind.EMPTY),
        ("Look:\n```python\nprint(1)", Kind.TRUNCATED),
        ("It is long. " * 30 + "Then they all went to the", Kind.TRUNCATED),
        ("It is long. " * 30 + "Then they came home early", Kind.TRUNCATED),
        ("It is long. " * 30 + "First of all,", Kind.TRUNCATED),
    ],
)
def test_empty_and_cut_answers_are_found(answer: str, kind: Kind) -> None:
    (finding,) = answers.check(row(talk("q", answer)))
    assert (finding.kind, finding.turn) == (kind, 1)


def test_a_message_without_an_answer_is_found() -> None:
    open_end = Draft((*talk("a", "b").turns, Turn("user", "and?")))
    assert [f.kind for f in answers.check(row(open_end))] == [Kind.EMPTY]
    assert list(answers.check(row(text("a text")))) == []


def test_only_rows_over_the_context_are_counted_and_found() -> None:
    asked: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        asked.extend(texts)
        return [len(said.split()) for said in texts]

    rows = [
        row(talk("short", "row"), 1),
        row(talk("long", "word " * 90), 2),
        row(talk("many", "letters" * 80), 3),
        row(text("long text " * 500), 4),
    ]
    found = list(length.check(rows, count, 100))
    assert [(f.row_id, f.kind) for f in found] == [(2, Kind.TOO_LONG)]
    assert "107 tokens" in found[0].detail
    assert len(asked) == 4  # two turns of rows 2 and 3


def shuffled(rng: random.Random, number: int) -> list[str]:
    return [rng.choice(WORDS) for _ in range(number)]


def found_in(rows: Sequence[Row]) -> list[Finding]:
    collected = Duplicates()
    for each in rows:
        collected.add(each)
    return list(collected.find())


def test_exact_and_near_duplicates_are_found_and_the_first_is_kept() -> None:
    rng = random.Random(1)
    words = shuffled(rng, 100)
    changed = [*words[:50], "different", *words[51:]]
    half = [*words[:50], *shuffled(rng, 50)]
    rows = [
        row(talk("Tell me", " ".join(words)), 1),
        row(talk("tell ME", "  ".join(words).upper()), 2),
        row(talk("Tell me", " ".join(changed)), 3),
        row(talk("Tell me", " ".join(half)), 4),
        row(talk("Tell me", " ".join(shuffled(rng, 100))), 5),
        row(talk("Convert 45 kilometers to meters.", "45000 meters"), 6),
        row(talk("Convert 46 kilometers to meters.", "46000 meters"), 7),
        row(text("same text", "joy"), 8),
        row(text("same text", "anger"), 9),
    ]
    found = {(f.row_id, f.kind, f.related) for f in found_in(rows)}
    assert found == {
        (2, Kind.DUPLICATE, 1),
        (3, Kind.NEAR_DUPLICATE, 1),
        (9, Kind.NEAR_DUPLICATE, 8),
    }


def test_a_duplicate_across_the_split_is_a_leak() -> None:
    rows = [
        row(talk("one two three", "four five"), 1, Split.VALIDATION),
        row(talk("one two three", "four five"), 2, Split.TRAIN),
        row(talk("other words here", "are not the same"), 3, Split.VALIDATION),
    ]
    leaks = [f for f in found_in(rows) if f.kind is Kind.LEAK]
    assert [(f.row_id, f.related) for f in leaks] == [(1, 2)]


def test_texts_above_the_threshold_are_found_and_those_below_not() -> None:
    rng = random.Random(2)
    near, bases = Near(), []
    for _ in range(150):
        base = shuffled(rng, 60)
        other = list(base)
        for place in rng.sample(range(60), rng.choice([1, 2, 3, 6, 12])):
            other[place] = rng.choice(WORDS)
        bases.append((base, other))
        near.add(" ".join(base))
        near.add(" ".join(other))
    found = {tuple(sorted(pair)) for pair in near.pairs()}
    alike = {(2 * n, 2 * n + 1) for n, pair in enumerate(bases) if _share(*pair) >= ALIKE}
    assert 30 < len(alike) < 120
    assert found == alike


def _share(one: list[str], other: list[str]) -> float:
    """Jaccard of three-word shingles, counted the plain way."""
    first, second = (set(zip(w, w[1:], w[2:], strict=False)) for w in (one, other))
    return len(first & second) / len(first | second)


def test_comparing_takes_bounded_time_even_for_one_template() -> None:
    rng = random.Random(3)
    template = " ".join(shuffled(rng, 60))
    near = Near()
    began = time.process_time()
    for n in range(6000):
        near.add(f"{template} {n} {' '.join(shuffled(rng, 14))}")
    for _ in near.pairs():
        pass
    # Each with each would be 18 million comparisons, many minutes.
    assert time.process_time() - began < 60


def test_words_in_any_script_are_compared() -> None:
    near = Near()
    for said in ("Ёлка стоит в лесу зимой", "ёлка СТОИТ в лесу, зимой!", "", "", "?!"):
        near.add(said)
    assert {tuple(pair) for pair in near.pairs()} == {(1, 0)}


def test_uneven_labels_are_warned_of() -> None:
    none = balance({("", Split.NONE): 40})
    assert (none.labels, none.warnings) == ((), ())
    counted = {("joy", Split.TRAIN): 300, ("anger", Split.TRAIN): 12, ("fear", Split.VALIDATION): 2}
    found = balance(counted)
    assert found.labels == (("joy", 300), ("anger", 12), ("fear", 2))
    assert [re.sub(r"\d+", "N", warning) for warning in found.warnings] == [
        "Fewer than N rows have the label fear.",
        "joy stands N times as often as fear.",
        "No row to train on has the label fear.",
    ]
    assert balance({("joy", Split.NONE): 90, ("anger", Split.NONE): 80}).warnings == ()


def test_checks_are_stored_with_the_rows_and_leave_out_rejected_ones(
    service: DatasetService,
) -> None:
    key = service.create("A").id
    first = service.add(
        key, talk("one two three four", "Write to jo@firma.de or ring +49 30 901820.")
    )
    second = service.add(
        key, talk("One two three four", "write to jo@firma.de or ring +49 30 901820.")
    )
    third = service.add(key, talk("another thing", "It is " + "very " * 100 + "long."))
    *_, done = service.check(key, lambda texts: [len(t.split()) for t in texts], 64)
    assert isinstance(done, Checked)
    assert done.counts == {"duplicate": 1, "email": 2, "phone": 2, "too_long": 1}
    assert service.ids(key, Filter(finding=Kind.DUPLICATE)) == [second]
    assert service.ids(key, Filter(finding=Kind.TOO_LONG)) == [third]
    assert [f.kind for f in service.findings(first)] == [Kind.EMAIL, Kind.PHONE]
    service.set_state(key, [first], State.REJECTED)
    *_, done = service.check(key)
    assert isinstance(done, Checked)
    assert done.counts == {"email": 1, "phone": 1}
    assert service.findings(first) == []
