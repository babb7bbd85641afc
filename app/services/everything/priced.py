"""What things cost where documents list them: a row each with a column of money, or a section each.

'What do all tools cost?' is the column 'Price in euros' of the table whose column 'Tool' names
them; 'What do all courses cost?' the amount nearest to 'price' in the section of each. A thing
without an amount is listed as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.messages.everything import FileTally
from app.core.sentences import sentences_within
from app.services.everything import amounts, columns, structure, totals
from app.services.everything.amounts import Amount
from app.services.everything.job import Job
from app.services.everything.recognise import kind_of_attribute
from app.services.everything.sum_words import Item, item_of

_PRICE = "price"


def items(job: Job) -> list[Item]:
    """Each thing asked for with what it costs, of all documents that list such things; none when
    no amount was found. Errors: of the library."""
    found = [*_rows(job), *_listed(job)]
    return found if any(item.amount for item in found) else []


def _rows(job: Job) -> Iterator[Item]:
    wanted = columns.forms(job.wish.subject)
    for file in job.survey.files if wanted else ():
        if not columns.is_table(file):
            continue
        text = job.library.open(file.file_id).text
        things = columns.column_of(file, text, lambda name: bool(wanted & columns.forms(name)))
        money = columns.column_of(file, text, lambda name: kind_of_attribute(name) == "amounts")
        if things is None or money is None or money.name == things.name:
            continue
        cells = {columns.row_of(text, at): (at, cell) for at, cell in columns.cells_of(money)}
        unit, mark = amounts.unit_of(money.name), amounts.mark_of(c for _, c in cells.values())
        chunks = job.chunks(file)
        for at, thing in columns.cells_of(things):
            place, cell = cells.get(columns.row_of(text, at), (at, ""))
            if totals.is_total_row(thing):
                continue
            one = amounts.cell(cell, unit, mark, uniform=True) if cell else None
            why = f"“{cell}” is no number" if cell else f"no {money.name} is stated"
            yield _item(file, thing, one, place, len(cell), why, chunks.at(place))


def _listed(job: Job) -> Iterator[Item]:
    for listed in structure.named(job):
        mark = amounts.decimal_mark(listed.text)
        chunks = job.chunks(listed.file)
        for thing in listed.items:
            one, why = _nearest(job, listed.text, thing, mark)
            start = one.start if one else thing.start
            length = one.end - one.start if one else 0
            yield _item(listed.file, thing.text, one, start, length, why, chunks.at(start))


def _nearest(job: Job, text: str, thing: structure.Item, mark: str) -> tuple[Amount | None, str]:
    """The amount in the section of a thing whose sentence is nearest to 'price'; or why none."""
    section = text[thing.start : thing.until]
    said: list[tuple[str, list[Amount]]] = []
    for part in sentences_within(section):
        by = thing.start + part.start
        found = [
            replace(a, start=a.start + by, end=a.end + by) for a in amounts.money(part.text, mark)
        ]
        if found:
            said.append((part.text, found))
    if not said:
        return None, "no amount is stated"
    near = job.library.similarities([_PRICE], [sentence for sentence, _ in said])[0]
    _, best = said[max(range(len(said)), key=lambda n: (near[n], -n))]
    if len(best) > 1:
        return None, f"several amounts: {', '.join(one.text for one in best[:4])}"
    return best[0], ""


def _item(
    file: FileTally, label: str, one: Amount | None, start: int, length: int, why: str, chunk: int
) -> Item:
    if one is None:
        return Item(file.path, label, None, why, chunk)
    item = item_of(file.path, label, replace(one, start=start, end=start + length))
    return replace(item, chunk=chunk)
