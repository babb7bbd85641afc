"""The total that a document says of itself: an invoice's, a receipt's.

Lines that call an amount a total are looked at, in English, German, French and Spanish. Where they
say several, arithmetic decides (one is the sum of the others, or the total with the tax); where
that doesn't, nothing is chosen and it is said why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.services.everything import amounts
from app.services.everything.amounts import Amount

_LONGEST_LINE = 2_000
_DUE = (
    r"amount due|total due|balance due|amount payable|total payable|(?:total )?to pay|please pay"
    r"|zu zahlen(?:der betrag)?|zahlbetrag|zahlungsbetrag|net à payer|montant dû|reste à payer"
    r"|total a pagar|importe a pagar"
)
_GRAND = (
    r"grand total|invoice total|total (?:invoice )?amount|total price|total cost|gross total"
    r"|total gross|total \(?incl\w*|gesamtbetrag|gesamtsumme|gesamtpreis|rechnungsbetrag"
    r"|rechnungssumme|endbetrag|endsumme|bruttobetrag|montant total|total ttc|total général"
    r"|importe total|total general|total factura|total con iva"
)
_TOTAL = r"totals?|sum|summe|gesamt|somme|suma|brutto"
_LABEL = re.compile(
    rf"(?<![\w-])(?:(?P<due>{_DUE})|(?P<grand>{_GRAND})|(?P<total>{_TOTAL}))(?!\w)", re.IGNORECASE
)
_PARTIAL = re.compile(
    r"(?<!\w)(?:sub-? ?totals?|zwischensumme|sous-total|net(?:to)? ?(?:total|summe|betrag)"
    r"|totals? ?(?:\(?excl\w*|net|netto|ht|hors|before|without|tax|vat|discount|hours|quantity|qty"
    r"|weight|items|pages|paid)|summe netto|gesamt netto|nettosumme|nettobetrag|base imponible)"
    r"(?!\w)",
    re.IGNORECASE,
)
_TAX = re.compile(
    r"(?<!\w)(?:vat|tax|sales tax|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva)(?!\w)",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"(?<!\w)(?:paid|payments?|deposit|credit|anzahlung|bezahlt|acompte|payé|pagado)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Total:
    """amount: None when there is none that can be told, and why; label: what calls it so."""

    amount: Amount | None
    label: str = ""
    why: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class _Said:
    kind: str
    label: str
    amount: Amount | None
    why: str = ""


def is_total(line: str) -> bool:
    """Whether a line adds up others."""
    return bool(_LABEL.search(line) or _PARTIAL.search(line))


def is_total_row(before: str) -> bool:
    """Whether a row of a table adds up others, by what stands in it before its amount."""
    first = next(filter(None, (cell.strip(' \t"') for cell in re.split(r"[|;,\t]", before))), "")
    match = _PARTIAL.match(first) or _LABEL.match(first)
    return match is not None and len(re.findall(r"\w+", first[match.end() :])) <= 1


def lines(text: str) -> Iterator[tuple[int, str]]:
    """(offset, line) of those that are not too long to be looked at."""
    at = 0
    for line in text.splitlines(keepends=True):
        if len(line) <= _LONGEST_LINE and line.strip():
            yield at, line.rstrip("\r\n")
        at += len(line)


def total_of(text: str) -> Total:
    """The total of a document."""
    mark = amounts.decimal_mark(text)
    all_ = [one for at, line in lines(text) for one in _moved(amounts.money(line, mark), at)]
    units = {one.unit for one in all_}
    unit = next(iter(units)) if len(units) == 1 else amounts.unit_of(text[:2000])
    said = list(_said(text, mark, unit))
    if said:
        return _chosen(said, text, mark)
    if not all_:
        return Total(None, why="there is no amount of money in it")
    if len({(one.value, one.unit) for one in all_}) == 1 and all_[0].value is not None:
        return Total(all_[0], "the only amount", place=all_[0].start)
    return Total(None, why="nothing in it is called a total", place=all_[0].start)


def _said(text: str, mark: str, unit: str) -> Iterator[_Said]:
    """What each line calls a total."""
    label, kind = "", ""
    all_ = list(lines(text))
    for number, (at, line) in enumerate(all_):
        if label:
            # The line before was nothing but a label.
            one = amounts.cell(line.strip(), unit, mark)
            following = all_[number + 1][1].strip() if number + 1 < len(all_) else ""
            if one is not None and amounts.cell(following, unit, mark) is not None:
                # As when a PDF gives all names first and then all amounts.
                yield _Said(kind, label, None, "its amounts stand apart from what they are called")
            elif one is not None:
                by = at + len(line) - len(line.lstrip())
                yield _Said(kind, label, *_valued([_move(one, by)]))
        label = ""
        if _PARTIAL.search(line) or not (match := _LABEL.search(line)):
            continue
        kind = match.lastgroup or ""
        after = line[match.end() :]
        rest = after.strip(" \t:|.=")
        if not rest:
            label = match.group()
            continue
        found = list(_moved(amounts.money(after, mark), at + match.end()))
        if not found and (one := amounts.cell(rest, unit, mark)) is not None:
            found = [_move(one, at + match.end() + after.index(rest))]
        if found:
            yield _Said(kind, match.group(), *_valued(found))


def _valued(found: Sequence[Amount]) -> tuple[Amount | None, str]:
    """The one amount of a line; or why it can't be told."""
    values = [one.value for one in found]
    if None in values:
        return None, next(f"“{one.text}”: {one.why}" for one in found if one.value is None)
    last = found[-1]
    same = len({(one.value, one.unit) for one in found}) == 1
    before = sum((value for value in values[:-1] if value is not None), Decimal(0))
    if same or (len({one.unit for one in found}) == 1 and before == last.value):
        return last, ""
    return None, f"several amounts: {', '.join(one.text for one in found[:4])}"


def _chosen(said: Sequence[_Said], text: str, mark: str) -> Total:
    grand = [each for each in said if each.kind == "grand"]
    totals = _one(grand or [each for each in said if each.kind == "total"])
    due = _one([each for each in said if each.kind == "due"])
    if totals is None or due is None:
        return totals or due or Total(None)
    if totals.amount is None or due.amount is None:
        return totals if totals.amount is None else due
    if (totals.amount.value, totals.amount.unit) == (due.amount.value, due.amount.unit):
        return totals
    assert totals.amount.value is not None
    assert due.amount.value is not None
    more = due.amount.value - totals.amount.value
    if totals.amount.unit == due.amount.unit:
        if more > 0 and any(tax == more for tax in _taxes(text, mark)):
            return due
        if more < 0 and _PAID.search(text):
            return totals
    why = f"it says both {totals.amount.text} ({totals.label}) and {due.amount.text} ({due.label})"
    return Total(None, why=why, place=totals.place)


def _one(said: Sequence[_Said]) -> Total | None:
    """The one total among those of a kind; with why not where it can't be told."""
    if not said:
        return None
    good = [each for each in said if each.amount is not None]
    places = [each.amount.start for each in good if each.amount is not None]
    if len(good) < len(said):
        return Total(
            None, why=next(e.why for e in said if e.amount is None), place=min(places, default=0)
        )
    amount, why = _valued([each.amount for each in good if each.amount is not None])
    if amount is None:
        return Total(None, why=why.replace("several amounts", "several totals"), place=places[0])
    return Total(amount, good[-1].label, place=amount.start)


def _taxes(text: str, mark: str) -> Iterator[Decimal]:
    for _, line in lines(text):
        if _TAX.search(line):
            found = [one.value for one in amounts.money(line, mark) if one.value is not None]
            yield from found[-1:]


def _moved(found: Iterator[Amount], by: int) -> Iterator[Amount]:
    return (_move(one, by) for one in found)


def _move(amount: Amount, by: int) -> Amount:
    return replace(amount, start=amount.start + by, end=amount.end + by)
