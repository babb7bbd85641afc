"""Likely personal data: e-mail addresses, phone numbers, payment cards (Luhn), IBANs (mod 97).

Patterns find what is written in the usual ways, not names or addresses; a number that only looks
like a phone number is found too. Reserved example addresses are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.services.dataset.types import Finding, Kind, Row

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-]|\.\w)", re.ASCII
)
_EXAMPLE = re.compile(r"(?:^|[.@])(?:example\.(?:com|org|net)|example|test|invalid|localhost)$")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}"
    r"|6\d{15,18}|50\d{14}"
)
"""Beginnings and lengths of the cards that are issued."""
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_PHONE = re.compile(
    r"""(?<![\w.,/:=-])(?:
        (?:\+|00)[1-9](?:[ ./-]?\(?\d\)?){7,13}          # international
      | \(\d{2,5}\)[ ./-]?\d(?:[ ./-]?\d){5,9}           # (030) 123456
      | (?:1[ .-])?[2-9]\d{2}[ .-][2-9]\d{2}[ .-]\d{4}   # 555-234-5678
      | 0[1-9]\d{1,3}[ /-]\d{2,4}(?:[ /-]?\d){3,7}       # 030 1234567, 07700 900123
    )(?![\w-]|[.,]\d)""",
    re.VERBOSE,
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}")


def check(row: Row) -> Iterator[Finding]:
    """Findings with the place of each in its turn; the value itself is not repeated in the
    detail."""
    for number, turn in enumerate(row.turns):
        taken: list[tuple[int, int]] = []
        for kind, start, end in _found(turn.content):
            if all(end <= begin or start >= stop for begin, stop in taken):
                taken.append((start, end))
                yield Finding(row.id, kind, _WORDS[kind], number, start, end)


_WORDS = {
    Kind.EMAIL: "It seems to hold an e-mail address.",
    Kind.PHONE: "It seems to hold a phone number.",
    Kind.CARD: "It seems to hold the number of a payment card.",
    Kind.IBAN: "It seems to hold the number of a bank account.",
}


def _found(text: str) -> Iterator[tuple[Kind, int, int]]:
    """The surest kinds first, since a card's number may look like a phone number."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            if not _EXAMPLE.search(match.group().lower()):
                yield Kind.EMAIL, *match.span()
    for match in _IBAN.finditer(text):
        if end := _iban_end(match.group()):
            yield Kind.IBAN, match.start(), match.start() + end
    for match in _CARD.finditer(text):
        if luhn(re.sub(r"\D", "", match.group())):
            yield Kind.CARD, *match.span()
    for match in _PHONE.finditer(text):
        if not _DATE.fullmatch(match.group()):
            yield Kind.PHONE, *match.span()


def luhn(digits: str) -> bool:
    """Whether digits are those of a payment card of a kind that exists, and add up."""
    if not _ISSUED.fullmatch(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _iban_end(candidate: str) -> int:
    """How much of a candidate is an IBAN, 0 for none: capital letters after it may have been
    taken along."""
    pieces = candidate.split(" ")
    while pieces:
        joined = "".join(pieces)
        if 15 <= len(joined) <= 34 and iban(joined):
            return len(" ".join(pieces))
        pieces.pop()
    return 0


def iban(text: str) -> bool:
    """Whether the check digits of an IBAN without blanks are right."""
    moved = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
