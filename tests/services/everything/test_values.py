"""Values that code finds in text, and which writings of them are the same."""

from __future__ import annotations

import re

import pytest

from app.services.everything import values


def found(kind: str, text: str) -> list[str]:
    """Keys of all values of a kind, as the index and the service find them together."""
    spans: list[tuple[int, int]] = []
    for pattern in values.PATTERNS[kind]:
        for match in re.finditer(pattern, text):
            if all(match.end() <= s or match.start() >= e for s, e in spans):
                spans.append(match.span())
    keys = (values.key(kind, text[s:e]) for s, e in sorted(spans))
    return [key for key in keys if key]


@pytest.mark.parametrize(
    ("kind", "text", "keys"),
    [
        ("dates", "3 May 2025, 2025-05-03, May 3rd, 2025, 3.5.2025", ["2025-05-03"] * 4),
        ("dates", "am 12. April 2025, le 1er mars 2024", ["2025-04-12", "2024-03-01"]),
        ("dates", "el 5 de enero de 2023; in June 2024", ["2023-01-05", "2024-06-"]),
        ("dates", "version 1.2.2025.4, at 10:30, 2025", []),
        ("emails", "Write to a.b+c@mail.example.", ["a.b+c@mail.example"]),
        ("phones", "+49 (30) 123-4567, 555 0142", ["49301234567", "5550142"]),
        ("phones", "12345678 and 2025-05-03 and 3.14159265", []),
        ("links", "See https://www.a.example/x). And www.a.example/x", ["a.example/x"] * 2),
        ("amounts", "EUR 1,250.00, 1.250 Euro and € 1250", ["1250 eur"] * 3),
        ("amounts", "$3.5 million, 95 places, 1001", ["3.5 million usd"]),
        ("percentages", "12 %, 12 percent, 12,0 Prozent", ["12"] * 3),
        (
            "people",
            "The Rusty Hinges met Ludwig van Beethoven.",
            ["rusty hinges", "ludwig van beethoven"],
        ),
    ],
)
def test_values_and_their_keys(kind: str, text: str, keys: list[str]) -> None:
    assert found(kind, text) == keys


def test_words_are_found_whole_in_any_case_and_over_line_ends() -> None:
    (pattern,) = values.of_terms(("late fee",))
    text = "A LATE\nFEE, late   fee; late fees, plate fee, late (fee)"
    assert [m.group() for m in re.finditer(pattern, text)] == ["LATE\nFEE", "late   fee"]


def test_words_are_no_patterns() -> None:
    (pattern,) = values.of_terms((".*(a+)+$",))
    assert re.search(pattern, "anything at all") is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", sorted(values.PATTERNS))
@pytest.mark.parametrize("nasty", ["1" * 5000, "a@" * 3000, "A " * 3000, "1." * 3000, "+(" * 3000])
def test_no_text_takes_long(kind: str, nasty: str) -> None:
    # A pattern that goes back and forth would take hours for these; the limit is what fails then.
    for pattern in values.PATTERNS[kind]:
        for match in re.finditer(pattern, nasty):
            values.key(kind, match.group())
