"""Numbers, dates and names of a sentence, compared to the letter with what a passage has.

1,250 and 1250 are one number, 'three' and 3 too; '4 March 2011' is in '2011-03-04', and 'March
2011' is in both. A name is there when its words are, whatever their case; initials stand for names.
Limits: English words; a single capitalised word that begins a sentence is no name; it compares
what is said, not what it is said of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty".split()
)
_MONTH = "|".join([*_MONTHS, *(f"{name[:3]}\\.?" for name in _MONTHS), "sept\\.?"])
_DAY = r"(?P<d>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<y>[12]\d{3})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d.])(?P<y>[12]\d{3})-(?P<m>[01]?\d)-(?P<d>[0-3]?\d)(?!\d)",
        r"(?<![\d.])(?P<a>[0-3]?\d)[./](?P<b>[0-3]?\d)[./](?P<y>[12]\d{3})(?!\d)",
        rf"(?<!\d){_DAY}\s+(?:of\s+)?(?P<name>{_MONTH})(?![a-z]),?(?:\s+{_YEAR}(?!\d))?",
        rf"\b(?P<name>{_MONTH})(?![a-z])\s+{_DAY}(?![\d.:]\d|\d)(?:,?\s+{_YEAR}(?!\d))?",
        rf"\b(?P<name>{_MONTH})(?![a-z])\s+{_YEAR}(?!\d)",
    )
)
_NUMBER = re.compile(
    r"(?<![\w.])[+-−]?\d+(?:[.,]\d+)*(?!\d)|\b(?:" + "|".join(_SMALL[2:]) + r")\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_JOINING = frozenset("of the de van von der la du".split())
# Words that are written large for other reasons than being names.
_NO_NAMES = frozenset(
    """i a an and as at but by he her his if in is it its my no not of on or our she so that the
    their there these they this those to we what when where which who why you your yes monday
    tuesday wednesday thursday friday saturday sunday""".split()
) | set(_MONTHS)


class Kind(StrEnum):
    """What a literal is."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Literal:
    """text[start:end] of a sentence."""

    kind: Kind
    text: str
    start: int
    end: int


# (year, month, day); None where it is not said.
_Date = tuple[int | None, int | None, int | None]


def literals(sentence: str) -> tuple[Literal, ...]:
    """What of a sentence must stand in a passage as it is, in the order of the sentence."""
    dates = list(_dates(sentence))
    found = [Literal(Kind.DATE, sentence[s:e], s, e) for s, e, _ in dates]
    taken = [(s, e) for s, e, _ in dates]
    for match in _NUMBER.finditer(sentence):
        if not any(s < match.end() and match.start() < e for s, e in taken):
            found.append(Literal(Kind.NUMBER, match.group(), match.start(), match.end()))
    for start, end in _names(sentence):
        if not any(s < end and start < e for s, e in taken):
            found.append(Literal(Kind.NAME, sentence[start:end], start, end))
    return tuple(sorted(found, key=lambda each: each.start))


def missing(sentence: str, passage: str, around: str = "") -> tuple[Literal, ...]:
    """The literals of a sentence that a passage does not have. around: words that stand over the
    passage, such as its title and headings: names may stand there."""
    wanted = literals(sentence)
    if not wanted:
        return ()
    dates = {date for _, _, options in _dates(passage) for date in options}
    numbers = numbers_in(passage)
    # The year of a date is a number of its own as well.
    numbers |= {str(part) for date in dates for part in date if part is not None}
    words = {_plain(word) for word in _WORD.findall(f"{passage}\n{around}")}
    initials = {word[0] for word in words if word}

    def there(literal: Literal) -> bool:
        match literal.kind:
            case Kind.NUMBER:
                return not numbers.isdisjoint(values_of(literal.text))
            case Kind.DATE:
                ((_, _, options), *_) = _dates(literal.text)
                return any(_agree(said, date) for said, date in product(options, dates))
            case Kind.NAME:
                return all(_is_named(w, words, initials) for w in _WORD.findall(literal.text))

    return tuple(literal for literal in wanted if not there(literal))


def _dates(text: str) -> Iterator[tuple[int, int, tuple[_Date, ...]]]:
    """(start, end, what it may mean) of each date, without overlaps."""
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            options = tuple(_readings(match.groupdict()))
            overlaps = any(s < match.end() and match.start() < e for s, e in taken)
            if options and not overlaps:
                taken.append((match.start(), match.end()))
                yield match.start(), match.end(), options


def _readings(parts: dict[str, str | None]) -> Iterator[_Date]:
    year = int(parts.get("y") or 0) or None
    if parts.get("a"):
        # 04/03/2011 is the third of April or the fourth of March.
        one, two = int(parts["a"] or 0), int(parts["b"] or 0)
        orders = dict.fromkeys([(one, two), (two, one)])
        yield from ((year, m, d) for m, d in orders if 1 <= m <= 12 and 1 <= d <= 31)
        return
    name = parts.get("name")
    month = _month(name) if name else int(parts.get("m") or 0)
    day = int(parts.get("d") or 0) if parts.get("d") else None
    if 1 <= month <= 12 and (day is None or 1 <= day <= 31):
        yield year, month, day


def _month(name: str) -> int:
    return next(n for n, known in enumerate(_MONTHS, 1) if known.startswith(name.lower()[:3]))


def _agree(said: _Date, there: _Date) -> bool:
    """Whether all that is said of a date is so."""
    return all(one is None or one == other for one, other in zip(said, there, strict=True))


def numbers_in(text: str) -> set[str]:
    """What the numbers of a text may mean. Commas may also divide the cells of a table."""
    found: set[str] = set()
    for match in _NUMBER.finditer(text):
        number, (start, end) = match.group(), match.span()
        values = values_of(number)
        found |= values
        row = text[start - 1 : start] == "," or text[end : end + 1] == ","
        if "," in number and (row or values == {number}):
            found.update(value for cell in number.split(",") for value in values_of(cell))
    return found


def values_of(number: str) -> set[str]:
    """What a written number may mean: 1.250 is 1250 or 1.25."""
    if number.lower() in _SMALL:
        return {str(_SMALL.index(number.lower()))}
    sign = "-" if number[0] in "-−" else ""
    digits = number.lstrip("+-−")
    found = set()
    for point, grouping in ((".", ","), (",", ".")):
        whole, _, part = digits.partition(point)
        groups = whole.split(grouping)
        grouped = all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3
        if (part and not part.isdigit()) or (len(groups) > 1 and not grouped):
            continue
        value = "".join(groups).lstrip("0") or "0"
        part = part.rstrip("0")
        found.add(sign + (f"{value}.{part}" if part else value))
    # A version or the like, such as 1.2.3, means itself.
    return found or {sign + digits}


def _names(sentence: str) -> Iterator[tuple[int, int]]:
    """(start, end) of runs of words that are written large."""
    words = list(_WORD.finditer(sentence))
    run: list[re.Match[str]] = []
    for word in [*words, None]:
        large = word is not None and word.group()[0].isupper()
        joins = word is not None and (large or word.group() in _JOINING)
        if word is not None and joins and run and _goes_on(sentence, run[-1], word):
            run.append(word)
            continue
        yield from _name_of(run, words)
        run = [word] if word is not None and large else []


def _goes_on(sentence: str, one: re.Match[str], next_: re.Match[str]) -> bool:
    between = sentence[one.end() : next_.start()]
    return between.isspace() or (between.strip() == "." and one.end() - one.start() == 1)


def _name_of(run: list[re.Match[str]], words: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """The name in a run, if there is one: without words at its ends that are none."""
    while run and (run[-1].group() in _JOINING or run[-1].group().lower() in _NO_NAMES):
        run = run[:-1]
    while run and run[0].group().lower() in _NO_NAMES:
        run = run[1:]
    if not run or all(len(word.group()) == 1 for word in run):
        return
    if len(run) > 1 or run[0] is not words[0]:
        yield run[0].start(), run[-1].end()


def _plain(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold())


def _is_named(word: str, words: set[str], initials: set[str]) -> bool:
    plain = _plain(word)
    if plain in _JOINING or plain in words or not plain:
        return True
    if len(plain) == 1:
        return plain in initials
    # A plural or a part of a compound is the same name.
    parts = plain.split("-")
    return plain.removesuffix("s") in words or (len(parts) > 1 and all(p in words for p in parts))
