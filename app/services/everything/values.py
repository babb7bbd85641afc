"""Values that code finds without a model: dates, addresses, amounts and the like, to the letter.

A pattern says where one may stand; `key` decides whether it is one and which of them are the same
('3 May 2025', '2025-05-03'). Limits: what is written: 'next Monday' is no date here, '95' in a
column of prices is no amount; names are runs of capitalised words, so places are among them.
"""

from __future__ import annotations

import re

_MONTHS = {
    1: "january janvier enero januar jan janv ene jän jänner",
    2: "february février febrero februar feb févr fév",
    3: "march mars marzo märz mar mär",
    4: "april avril abril apr avr abr",
    5: "may mai mayo",
    6: "june juin junio juni jun",
    7: "july juillet julio juli jul juil",
    8: "august août agosto aug ago",
    9: "september septembre septiembre sep sept",
    10: "october octobre octubre oktober oct okt",
    11: "november novembre noviembre nov",
    12: "december décembre diciembre dezember dec dez déc dic",
}
_MONTH_OF = {name: number for number, names in _MONTHS.items() for name in names.split()}
_MONTH = "(?:" + "|".join(sorted(_MONTH_OF, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_YEAR = r"[12]\d{3}"
_NUMBER = r"\d+(?:[.,'’  ]\d+)*"
_MONEY = r"(?:euros?|eur|dollars?|usd|pounds?|gbp|chf|francs?|franken|cents?|pesos?|yen|rupees?)"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽА-ЯΑ-Ω]"
_NAME_WORD = rf"{_CAPITAL}(?:[\w’'-]*[\w])?"
_OF_PEOPLE = r"(?:de|van|von|der|den|la|du|di|da|del)"
_JOINING = r"(?:of|the|de|van|von|der|den|la|du|di|da|del|y)"
_NO_NAMES = frozenset(
    """a an the and but or if in on at by for from to of with as is it its this that these those
    we you he she they his her our your their my not no yes what when where which who why how all
    any some every each please see also der die das ein eine und oder wenn im am für von mit le la
    les un une et ou si dans pour avec el los las y o con para""".split()
)

PATTERNS: dict[str, tuple[str, ...]] = {
    "dates": (
        rf"(?<![\d.-]){_YEAR}-[01]?\d-[0-3]?\d(?!\d)",
        rf"(?<![\d./]){_DAY}[./][01]?\d[./]{_YEAR}(?![./]?\d)|(?<![\d./])[01]?\d/{_DAY}/{_YEAR}(?!/?\d)",
        rf"(?i)(?<!\d){_DAY}(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?{_MONTH}"
        rf"(?:,?\s+(?:de\s+)?{_YEAR}(?!\d))?",
        rf"(?i)\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?(?![\d.:]\d|\d)(?:,?\s+{_YEAR}(?!\d))?",
        rf"(?i)\b{_MONTH}\s+(?:de\s+)?{_YEAR}(?!\d)",
    ),
    "emails": (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,6}",),
    "phones": (r"(?<![\w.,/-])(?:\+|\()?\d(?:[ ()/.-]{0,2}\d){6,16}(?![\w/-])",),
    "links": (r"(?i)\b(?:https?://|www\.)[^\s<>\"”»{}|\\^`\[\]]{3,500}",),
    "amounts": (
        rf"(?i)(?:[€$£¥₹]|(?<!\w)(?:eur|usd|gbp|chf)(?!\w))\s?{_NUMBER}"
        r"(?:\s?(?:thousand|million|billion|bn|k|m)(?!\w))?",
        rf"(?i)(?<![\w.,]){_NUMBER}(?:\s(?:thousand|million|billion))?\s?"
        rf"(?:[€$£¥₹]|(?:{_MONEY})(?!\w))",
    ),
    "percentages": (
        rf"(?i)(?<![\w.,]){_NUMBER}\s?(?:%|percent(?!\w)|per cent(?!\w)|prozent(?!\w)"
        r"|pour cent(?!\w)|por ciento(?!\w))",
    ),
    "people": (rf"(?<!\w){_NAME_WORD}(?:[ \t]+(?:{_OF_PEOPLE}[ \t]+){{0,2}}{_NAME_WORD}){{1,4}}",),
    "names": (rf"(?<!\w){_NAME_WORD}(?:[ \t]+(?:{_JOINING}[ \t]+){{0,2}}{_NAME_WORD}){{1,6}}",),
}
"""Kind of value to the patterns that may find it, the surest first."""


def key(kind: str, text: str) -> str:
    """What two writings of the same value share; empty when it is none of this kind."""
    match kind:
        case "dates":
            return _date(text)
        case "phones":
            return _phone(text)
        case "links":
            return re.sub(r"^https?://(?:www\.)?|^www\.", "", shown(kind, text).lower()).rstrip("/")
        case "amounts":
            return _amount(text)
        case "percentages":
            return _plain_number(text)
        case "people" | "names":
            return " ".join(shown(kind, text).casefold().split())
        case _:
            return shown(kind, text).casefold()


def shown(kind: str, text: str) -> str:
    """A value as it is listed: on one line, without the marks that end a sentence around it."""
    text = " ".join(text.split())
    if kind in ("links", "emails"):
        text = text.rstrip(".,;:!?)'’")
    if kind in ("people", "names"):
        words = text.split()
        while words and words[0].casefold() in _NO_NAMES:
            words = words[1:]
        text = " ".join(words) if len(words) > 1 else ""
    return text


def of_terms(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns that find words as they are written: whole words, capital or not, over line ends."""
    return tuple(
        r"(?i)(?<!\w)" + r"\s+".join(re.escape(word) for word in term.split()) + r"(?!\w)"
        for term in terms
        if term.split()
    )


def _date(text: str) -> str:
    """Year, month and day as far as they are said."""
    parts = re.findall(r"\d+|[^\W\d_]+", text.casefold())
    months = [_MONTH_OF[part] for part in parts if part in _MONTH_OF]
    numbers = [int(part) for part in parts if part.isdigit()]
    years = [number for number in numbers if number > 31]
    days = [number for number in numbers if number <= 31]
    year = f"{years[0]:04}" if years else ""
    if months:
        day = f"{days[0]:02}" if days else ""
        return f"{year}-{months[0]:02}-{day}" if year or day else ""
    if len(days) != 2:
        return ""
    if text.strip()[:4].isdigit():
        month, day_of = days
    elif "/" in text:
        # 03/04/2025 may be either; each writing is its own value.
        if max(days) <= 12 and days[0] != days[1]:
            return f"{days[0]:02}/{days[1]:02}/{year}"
        day_of, month = (days[0], days[1]) if days[1] <= 12 else (days[1], days[0])
    else:
        day_of, month = days
    return f"{year}-{month:02}-{day_of:02}" if 1 <= month <= 12 else ""


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if not 7 <= len(digits) <= 15 or _date(text):
        return ""
    # Digits alone, or in groups with a single point, are numbers of other kinds.
    called = text.lstrip()[:1] in "+(" or digits.startswith("0")
    grouped = len(re.findall(r"[ ()/-]+", text.strip())) >= 1 and "." not in text
    return digits.removeprefix("00") if called or grouped else ""


def _amount(text: str) -> str:
    folded = text.casefold()
    scale = next((word for word in ("thousand", "million", "billion") if word in folded), "")
    scale = scale or next(
        (
            to
            for sign, to in (("bn", "billion"), ("k", "thousand"), ("m", "million"))
            if re.search(rf"\d\s?{sign}$", folded)
        ),
        "",
    )
    units = (
        ("€", "eur"),
        ("euro", "eur"),
        ("eur", "eur"),
        ("$", "usd"),
        ("dollar", "usd"),
        ("usd", "usd"),
        ("£", "gbp"),
        ("pound", "gbp"),
        ("gbp", "gbp"),
        ("chf", "chf"),
        ("fran", "chf"),
        ("cent", "cent"),
        ("peso", "peso"),
        ("¥", "yen"),
        ("yen", "yen"),
        ("₹", "inr"),
        ("rupee", "inr"),
    )
    unit = next((name for sign, name in units if sign in folded), "")
    return f"{_plain_number(text)} {scale} {unit}".replace("  ", " ")


def _plain_number(text: str) -> str:
    """1,250.00 and 1.250 and 1250 alike: the last mark with other than three digits is a point."""
    match = re.search(r"\d[\d.,'’  ]*", text)
    if not match:
        return ""
    number = re.sub(r"['’  ]", "", match.group()).rstrip(".,")
    groups = re.split(r"[.,]", number)
    marks = set(re.findall(r"[.,]", number))
    whole, part = groups, ""
    grouped = len(groups[-1]) == 3 and len(marks) == 1 and groups[0] != "0"
    if len(groups) > 1 and not grouped:
        whole, part = groups[:-1], groups[-1]
    digits, part = "".join(whole).lstrip("0") or "0", part.rstrip("0")
    return f"{digits}.{part}" if part else digits
