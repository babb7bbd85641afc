"""A sum in words: what was added, each amount with its place, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

from app.services.everything import amounts, wording
from app.services.everything.amounts import Amount
from app.services.everything.finds import MOST_LISTED

MOST_UNREAD = 30
"""Amounts that are listed though they were not added; all are counted."""


@dataclass(frozen=True, slots=True)
class Item:
    """An amount of a document, or a reason why none was added; chunk: its passage, 0 for none;
    loose: it stands in a sentence and not in a column that is called what is asked for."""

    path: str
    label: str
    amount: Amount | None
    why: str = ""
    chunk: int = 0
    loose: bool = False


def item_of(path: str, label: str, amount: Amount) -> Item:
    """An amount as it was read, or why it can't be told."""
    if amount.value is None:
        return Item(path, label, None, f"“{amount.text}”: {amount.why}")
    return Item(path, label, amount)


def together(added: Sequence[Item]) -> dict[str, Decimal]:
    """The exact sum of each unit, in the order in which they come."""
    sums: dict[str, Decimal] = {}
    with localcontext() as context:
        context.prec = 60
        for item in added:
            if item.amount is not None and item.amount.value is not None:
                unit = item.amount.unit
                sums[unit] = sums.get(unit, Decimal(0)) + item.amount.value
    return sums


def text(added: Sequence[Item], unread: Sequence[Item], numbers: dict[int, int]) -> Iterator[str]:
    """The lines of the answer. numbers: of the sources, by passage."""
    if added:
        sums = [
            f"**{amounts.written(value, unit) if unit else f'{value:,f} (no unit)'}**"
            for unit, value in together(added).items()
        ]
        said = sums[0] if len(sums) == 1 else f"{', '.join(sums[:-1])} and {sums[-1]}"
        what = wording.some(len(added), "amount")
        papers = wording.documents(len({item.path for item in added}))
        yield f"Together {said}: {what} from {papers}."
        if len(sums) > 1:
            yield "Different currencies and units are not added to each other."
        yield ""
        for item in added[:MOST_LISTED]:
            assert item.amount is not None
            said, unit = item.amount.text, item.amount.unit
            # What its column or document says of all amounts stands beside it.
            yield _row(item, said if amounts.unit_of(said) else f"{said} {unit}".strip(), numbers)
        yield from wording.more(len(added) - MOST_LISTED)
    else:
        yield "Nothing was found that could be added."
    if unread:
        yield ""
        yield f"Not added, since the amount is not clear ({len(unread):,}):"
        yield ""
        for item in unread[:MOST_UNREAD]:
            yield _row(item, item.why, numbers)
        yield from wording.more(len(unread) - MOST_UNREAD)


def _row(item: Item, said: str, numbers: dict[int, int]) -> str:
    number = numbers.get(item.chunk, 0)
    label = f" ({wording.plain(item.label)})" if item.label else ""
    mark = f" [{number}]" if number else ""
    return f"- {wording.plain(Path(item.path).name)}: {wording.plain(said)}{label}{mark}"
