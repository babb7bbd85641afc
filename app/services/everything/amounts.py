"""Amounts as they are written, read exactly: a number and a unit, or why it can't be told which
number.

Nothing is guessed that changes a sum: '2 100 €' may be two things at 100, '1.459 €' in a text with
'12.50 €' may have three decimals, '10-20 €' is a range. Limits: digits, of at most 18 places;
currencies by their signs, codes and English, German, French and Spanish names; one alone counts as
the currency that usually has that sign ('$': US dollars).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

_CODES = (
    "EUR USD GBP CHF JPY CNY INR CAD AUD NZD SEK NOK DKK PLN CZK HUF RON BRL MXN ZAR KRW SGD HKD"
).split()
_SIGNS = {
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "AU$": "AUD",
    "A$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "R$": "BRL",
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
}
_NAMES = {
    "EUR": r"euros?|eur",
    "USD": r"(?:us )?dollars?|usd|dólares",
    "GBP": r"pounds?(?: sterling)?|gbp",
    "CHF": r"(?:swiss )?francs?|franken|chf",
    "JPY": r"yen",
    "INR": r"rupees?",
}
UNITS = {
    "hours": r"hours?|hrs?|h|stunden?|std|heures?|horas?",
    "minutes": r"minutes?|mins?|minuten?|minutos?",
    "days": r"days?|tagen?|tage|jours?|días?",
    "weeks": r"weeks?|wochen?|semaines?|semanas?",
    "months": r"months?|monaten?|monate|mois|meses",
    "km": r"kms?|kilomet(?:er|re)s?|kilometern|kilómetros?|kilomètres?",
    "miles": r"miles?",
    "kg": r"kgs?|kilo(?:gram(?:me)?s?)?|kilogramm|kilogramos?",
    "tonnes": r"tonn?es?|tons?|tonnen|toneladas?",
    "litres": r"lit(?:er|re)s?|litern|litros?|l",
    "kWh": r"kwh|kilowatt[- ]hours?|kilowattstunden",
}
"""What amounts may be of besides money, to the words for it."""

_SCALES = {"thousand": 3, "k": 3, "tsd": 3, "million": 6, "millionen": 6, "millions": 6, "mio": 6}
_SCALES |= {"m": 6, "billion": 9, "bn": 9, "mrd": 9, "milliarden": 9, "milliards": 9}
_SCALE = (
    r"(?:\s?(?P<scale{n}>thousand|millions?|millionen|billion|milliarden|milliards|bn|tsd|mio|mrd"
    r"|k|m)(?!\w)\.?)?"
)
_NUMBER = (
    r"(?!\d\d?\.\d\d?\.\d\d(?:\d\d)?(?![\d.,]))"  # no date
    r"(?:\d{1,3}(?: \d{3}(?!\d))+(?:[.,]\d{1,2}(?!\d))?"
    r"|\d{1,18}(?:[.,'’\u00a0\u202f]\d{1,18}){0,6})"
)
_SIGN = "|".join(re.escape(sign) for sign in _SIGNS)
_CODE = "|".join(_CODES)
_NAME = "|".join(_NAMES.values())
_MONEY = re.compile(
    rf"(?P<minus1>(?<![\w.])[-−])?(?:(?<!\d)(?P<sign1>{_SIGN})|(?<!\w)(?P<code1>{_CODE}|(?i:eur|usd|gbp|chf))"
    rf"(?!\w))\s?(?P<minus2>[-−])?(?P<number1>{_NUMBER})(?![\d%])(?i:{_SCALE.format(n=1)})"
    rf"|(?P<minus3>(?<![\w.])[-−])?(?<![\d.,'’])(?P<number2>{_NUMBER})(?:[.,][-–—])?"
    rf"(?i:{_SCALE.format(n=2)})\s?(?:(?P<sign2>{_SIGN})(?!\d)|(?P<name2>{_CODE}|(?i:{_NAME}))(?!\w))"
)
_PLAIN = re.compile(
    rf"(?<![\w.,'’/:])(?<!\d[-−])(?P<minus>[-−])?(?P<number>{_NUMBER})(?!\s?%|\w|[.,/:-]\d)"
)
_RANGE = re.compile(r"\d\s?(?:[€$£¥₹]\s?)?(?:[-–—]|to|bis|à|a)\s?$", re.IGNORECASE)
_BESIDE = re.compile(
    r"\d\s?(?:[x×*+/&]|(?<=\s)(?:and|or|und|oder|mal|times|et|ou|fois|y|o|u|por))\s?$",
    re.IGNORECASE,
)
_CELL = re.compile(rf"(?P<open>\()?\s*(?P<minus>[-−])?\s*(?P<number>{_NUMBER})(?P<after>-)?\s*\)?")


@dataclass(frozen=True, slots=True)
class Amount:
    """text[start:end]; value: None when it can't be told, and why; unit: 'EUR', 'hours', '' for a
    number alone."""

    start: int
    end: int
    text: str
    value: Decimal | None
    unit: str
    why: str = ""


def money(text: str, mark: str = "") -> Iterator[Amount]:
    """Amounts of money in a text. mark: what its document writes before decimals, '' when that
    isn't known."""
    for match in _MONEY.finditer(text):
        found = match.groupdict()
        unit = _currency(
            found["sign1"] or found["sign2"] or "", found["code1"] or found["name2"] or ""
        )
        start = match.start()
        number = found["number1"] or found["number2"] or ""
        minus = bool(found["minus1"] or found["minus2"] or found["minus3"])
        scale = found["scale1"] or found["scale2"] or ""
        yield _amount(text, start, match.end(), number, minus, scale, unit, mark)


def of_unit(text: str, unit: str, mark: str = "") -> Iterator[Amount]:
    """Amounts of something else than money in a text. unit: one of UNITS."""
    pattern = (
        rf"(?<![\w.,'’])(?P<minus>[-−])?(?P<number>{_NUMBER})[ \u00a0-]?(?i:{UNITS[unit]})(?!\w)"
    )
    for match in re.finditer(pattern, text):
        minus = bool(match["minus"])
        yield _amount(text, match.start(), match.end(), match["number"], minus, "", unit, mark)


def plain(text: str, unit: str, mark: str = "") -> Iterator[Amount]:
    """Numbers without a unit in a text, as amounts of `unit`."""
    for match in _PLAIN.finditer(text):
        minus = bool(match["minus"])
        yield _amount(text, match.start(), match.end(), match["number"], minus, "", unit, mark)


def cell(text: str, unit: str, mark: str = "", uniform: bool = False) -> Amount | None:
    """The amount that a cell of a table is; None when it is none. unit: of its column, for a
    number alone; uniform: the whole column writes `mark` before decimals. Parentheses around it,
    or a minus behind it, take it away."""
    whole = text.strip()
    inner = whole[1:-1].strip() if whole[:1] == "(" and whole[-1:] == ")" else whole
    inner, behind = (inner[:-1], True) if re.search(r"\d-$", inner) else (inner, False)
    less = behind or (inner != whole and whole[:1] == "(")
    for one in (*money(inner, mark), *(a for u in UNITS for a in of_unit(inner, u, mark))):
        if (one.start, one.end) == (0, len(inner)):
            return _less(one, whole) if less else one
    match = _CELL.fullmatch(inner)
    if match is None:
        return None
    number = match["number"]
    if uniform and mark and re.fullmatch(rf"\d{{1,3}}\{mark}\d{{3}}", number):
        # A third decimal, as in the cells beside it others have two.
        value = Decimal(number.replace(mark, ".")) * (-1 if match["minus"] else 1)
        one = Amount(0, len(inner), inner, value, unit)
    elif not mark and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number):
        one = Amount(0, len(inner), inner, None, unit, "its point may divide thousands or decimals")
    else:
        one = _amount(inner, 0, len(inner), number, bool(match["minus"]), "", unit, mark)
    return _less(one, whole) if less else one


def unit_of(words: str) -> str:
    """The unit that words name ('hours', 'Amount (EUR)', 'Price in €'); '' for none."""
    for sign, code in _SIGNS.items():
        if sign in words:
            return code
    for code in _CODES:
        if re.search(rf"(?<!\w){code}(?!\w)", words):
            return code
    for unit, names in (*_NAMES.items(), *UNITS.items()):
        if re.search(rf"(?<!\w)(?:{names})(?!\w)", words, re.IGNORECASE):
            return unit
    return ""


def decimal_mark(text: str) -> str:
    """What a document writes before decimals, '' when its amounts don't tell."""
    marks = set[str]()
    for match in _MONEY.finditer(text):
        number = match["number1"] or match["number2"]
        if sure := re.search(r"([.,])\d{1,2}$", number):
            marks.add(sure[1])
    return marks.pop() if len(marks) == 1 else ""


def mark_of(cells: Iterable[str]) -> str:
    """What a column writes before decimals, '' when its cells don't tell."""
    marks = set[str]()
    for each in cells:
        found = re.search(r"(\d[\d.,]*)\D*$", each)
        parts = re.fullmatch(r"(\d+(?:[.,]\d{3})*)([.,])(\d+)", found[1]) if found else None
        if parts is None:
            continue
        grouping = len(parts[3]) == 3 and len(parts[1]) <= 3 and parts[1] != "0"
        if not grouping and (parts[2] not in parts[1] or len(parts[3]) != 3):
            marks.add(parts[2])
    return marks.pop() if len(marks) == 1 else ""


def written(value: Decimal, unit: str) -> str:
    """'1,428.50 EUR'."""
    return f"{value:,f} {unit}".strip()


def _less(amount: Amount, text: str) -> Amount:
    value = None if amount.value is None else -abs(amount.value)
    return Amount(0, len(text), text, value, amount.unit, amount.why)


def _amount(
    text: str, start: int, end: int, number: str, minus: bool, scale: str, unit: str, mark: str
) -> Amount:
    value, why = _read(number, mark)
    if _RANGE.search(text[max(0, start - 12) : start]) or re.match(
        r"\s?[-–—]\s?[€$£¥₹]?\d", text[end : end + 5]
    ):
        value, why = None, "a range"
    elif _BESIDE.search(text[max(0, start - 12) : start]):
        value, why = None, "it stands together with the number before it"
    if value is not None and scale:
        value = value.scaleb(_SCALES[scale.casefold().rstrip("s")] if scale else 0)
    if value is not None and minus:
        value = -value
    return Amount(start, end, text[start:end].strip(), value, unit, why)


def _read(number: str, mark: str) -> tuple[Decimal | None, str]:
    """The number; or why it can't be told."""
    if " " in number:
        return None, "the blank in it may divide two numbers"
    digits = re.sub(r"['’\u00a0\u202f]", "", number)
    marks = re.findall(r"[.,]", digits)
    parts = re.split(r"[.,]", digits)
    whole, decimals = parts, ""
    if len(set(marks)) == 2:
        if marks.count(marks[-1]) > 1:
            return None, "its points and commas contradict each other"
        whole, decimals = parts[:-1], parts[-1]
    elif len(marks) == 1:
        grouping = len(parts[1]) == 3 and len(parts[0]) <= 3 and parts[0] != "0"
        if grouping and mark == marks[0]:
            return None, "it may have three decimals"
        if not grouping:
            whole, decimals = parts[:1], parts[1]
    if len(whole) > 1 and not _are_groups(whole):
        return None, "its points and commas contradict each other"
    return Decimal("".join(whole) + (f".{decimals}" if decimals else "")), ""


def _are_groups(parts: Sequence[str]) -> bool:
    """Thousands, or as in India."""
    first, last = parts[0], parts[-1]
    between = {len(part) for part in parts[1:-1]}
    return 1 <= len(first) <= 3 and len(last) == 3 and len(between) <= 1 and between <= {2, 3}


def _currency(sign: str, word: str) -> str:
    if sign:
        return _SIGNS[sign]
    if word.upper() in _CODES:
        return word.upper()
    return next(
        (code for code, names in _NAMES.items() if re.fullmatch(names, word, re.IGNORECASE)), word
    )
