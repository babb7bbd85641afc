"""Numbers of a sheet as people see them: by Excel's format codes, '0.0%' or 'dd/mm/yyyy'.

Limits: fractions and formats that follow the computer's own habits are shown plainly (dates as
2024-01-30); conditions in brackets are not looked at; names of days and months are English.
"""

from __future__ import annotations

import datetime
import functools
import math
import re

GENERAL = "General"
# What the numbers of ECMA-376 stand for; 14 and 22 are as each computer has them.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "0.0E+0",
}
_DAYS_1904 = 1462
_LAST_DAY = 2_958_466
# A quoted text, a letter as it is, a space as wide as a letter, a filler, a bracket; else a token.
_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_.|\*.|\[([^\]]*)\]|(AM/PM|A/P|am/pm|a/p|yyyy|yy|y|m+|d+|h+|s+(?:\.0+)?'
    r"|[0#?][0#?,]*(?:\.[0#?]*)?,*|\.[0#?]+|E[+-]0+|%|General|.)",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)


@functools.lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Each section of a format as (kind, text): literal, bracket or token."""
    found: list[list[tuple[str, str]]] = [[]]
    for match in _TOKEN.finditer(code):
        quoted, escaped, bracket, token = match.groups()
        if token == ";":
            found.append([])
        elif token is not None:
            found[-1].append(("token", token))
        elif bracket is not None:
            found[-1].append(("bracket", bracket))
        elif quoted is not None or escaped is not None:
            found[-1].append(("literal", quoted or escaped or ""))
        elif match.group()[0] == "_":
            found[-1].append(("literal", " "))
    return tuple(tuple(section) for section in found)


def shown(value: float, code: str, since_1904: bool = False) -> str:
    """A number under a format code."""
    sections = _sections(code)
    if code == GENERAL or not any(sections):
        return plain(value)
    at = 0
    if len(sections) > 1 and value < 0:
        at = 1
    elif len(sections) > 2 and value == 0:
        at = 2
    section = sections[at]
    if _is_date(section):
        return _moment(value + (_DAYS_1904 if since_1904 else 0), section)
    number = abs(value) if at == 1 else value
    return " ".join(_number(number, section).split())


def plain(value: float) -> str:
    """A number without a format: no more digits than it was typed with."""
    if not math.isfinite(value):
        return ""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.12g}"


def _is_date(section: tuple[tuple[str, str], ...]) -> bool:
    if any(kind == "bracket" and text.lower().startswith("$-f") for kind, text in section):
        return True
    return any(
        (kind == "token" and text.lower() != GENERAL.lower() and bool(_DATE.match(text)))
        or (kind == "bracket" and text.lower() in ("h", "hh", "m", "mm", "s", "ss"))
        for kind, text in section
    )


def _number(value: float, section: tuple[tuple[str, str], ...]) -> str:
    percent = sum(text == "%" for kind, text in section if kind == "token")
    value *= 100**percent
    exponent = any(kind == "token" and text[:2].upper() in ("E+", "E-") for kind, text in section)
    places = [text for kind, text in section if kind == "token" and text[0] in "0#?."]
    if any(kind == "token" and text == "/" for kind, text in section) and places:
        return plain(value)
    out, written = [], False
    for kind, text in section:
        if kind == "bracket":
            if text.startswith("$"):
                out.append(text[1:].split("-", 1)[0])
        elif kind == "literal":
            out.append(text)
        elif text[0] in "0#?." and len(text) + (text != ".") > 1:
            if not written:
                out.append(_digits(value, text, exponent))
                written = True
        elif text.lower() == GENERAL.lower():
            out.append(plain(value))
        elif text[:2].upper() not in ("E+", "E-") and text != "@":
            out.append(text)
    if not written and any(text == "@" for kind, text in section if kind == "token"):
        out.append(plain(value))
    said = "".join(out)
    return "-" + said.replace("-", "", 1) if _buried_minus(said, value) else said


def _buried_minus(said: str, value: float) -> bool:
    """'$-5' is written '-$5'."""
    return value < 0 and not said.startswith("-") and bool(re.match(r"[^\d\s]{1,3}-", said))


def _digits(value: float, code: str, exponent: bool) -> str:
    whole, _, decimals = code.partition(".")
    scaled = whole.rstrip(",") if not decimals else whole
    thousands = len(whole) - len(scaled) + len(decimals) - len(decimals.rstrip(","))
    value /= 1000**thousands
    decimals = decimals.rstrip(",")
    if exponent:
        return f"{value:.{len(decimals)}E}"
    grouped = "," if "," in scaled else ""
    text = f"{value:{grouped}.{len(decimals)}f}"
    if decimals:
        # Digits under '#' are shown only where they are not nought.
        optional = len(decimals) - len(decimals.rstrip("#?"))
        while optional and text.endswith("0"):
            text, optional = text[:-1], optional - 1
        text = text.rstrip(".")
    least = scaled.replace(",", "").count("0")
    sign = "-" if text.startswith("-") else ""
    whole_part, dot, rest = text.removeprefix("-").partition(".")
    if not grouped:
        whole_part = whole_part.zfill(least)
    if sign and not any(letter in "123456789" for letter in text):
        sign = ""
    return f"{sign}{whole_part}{dot}{rest}"


def _moment(days: float, section: tuple[tuple[str, str], ...]) -> str:
    if not 0 <= days < _LAST_DAY:
        return plain(days)
    seconds = round(days * 86_400, 3)
    # Excel counts a 29 February 1900 that never was.
    base = datetime.datetime(1899, 12, 30 if days >= 60 else 31)
    at = base + datetime.timedelta(seconds=round(seconds))
    tokens = list(section)
    if any(kind == "bracket" and text.lower().startswith("$-f") for kind, text in tokens):
        pattern = "%H:%M:%S" if any("400" in text for _, text in tokens) else "%Y-%m-%d"
        return at.strftime(pattern)
    half = any(kind == "token" and text.upper() in ("AM/PM", "A/P") for kind, text in tokens)
    out = []
    for number, (kind, text) in enumerate(tokens):
        low = text.lower()
        if kind == "literal":
            out.append(text)
        elif kind == "bracket":
            whole = {"h": 3600, "m": 60, "s": 1}.get(low[:1])
            if whole and set(low) <= set("hms"):
                out.append(f"{int(seconds // whole):0{len(low)}d}")
        elif low[0] == "m" and _is_minute(tokens, number):
            out.append(f"{at.minute:0{min(len(low), 2)}d}")
        else:
            out.append(_piece(at, low, text, half))
    return " ".join("".join(out).split())


def _is_minute(tokens: list[tuple[str, str]], at: int) -> bool:
    """An m after hours or before seconds is minutes."""
    units = [
        (number, text.lower()[0])
        for number, (kind, text) in enumerate(tokens)
        if kind != "literal" and text[:1].lower() in ("y", "m", "d", "h", "s")
    ]
    here = next(n for n, (number, _) in enumerate(units) if number == at)
    before = units[here - 1][1] if here else ""
    after = units[here + 1][1] if here + 1 < len(units) else ""
    return before == "h" or after == "s"


def _piece(at: datetime.datetime, low: str, text: str, half: bool) -> str:
    hour = (at.hour % 12 or 12) if half else at.hour
    match low:
        case "yyyy":
            return f"{at.year:04d}"
        case "y" | "yy":
            return f"{at.year % 100:02d}"
        case "m" | "mm":
            return f"{at.month:0{len(low)}d}"
        case "mmm" | "mmmm":
            return at.strftime("%b" if low == "mmm" else "%B")
        case "d" | "dd":
            return f"{at.day:0{len(low)}d}"
        case "ddd" | "dddd":
            return at.strftime("%a" if low == "ddd" else "%A")
        case "h" | "hh":
            return f"{hour:0{len(low)}d}"
        case "am/pm" | "a/p":
            return ("AM" if at.hour < 12 else "PM")[: 1 if low == "a/p" else 2]
    if low[0] == "s":
        return f"{at.second:0{min(len(low.split('.')[0]), 2)}d}"
    return "" if text == "@" else text
