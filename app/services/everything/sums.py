"""Sums over documents, by code alone: 'What do all invoices add up to?', 'the total of all prices'.

Of documents it is the total that each says of itself; of things what each costs where documents
list them (priced.py), else the cells of the column that is called so, or the amounts in sentences
that name them. Lines that are totals themselves are not added to what they add up. Each amount is
cited; what could not be read is listed with its reason; currencies and units are kept apart.
Limits: a sentence with several amounts is listed and not added; documents that hold the same twice
are added twice.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.errors import NotFound
from app.core.messages import AnswerDone, SourcesFound, WentThrough
from app.core.messages.everything import FileTally, FoundItem
from app.core.types import Status
from app.services.everything import amounts, columns, priced, sheets, sum_words, totals, wording
from app.services.everything.amounts import Amount
from app.services.everything.finds import MOST_LISTED, sources_of
from app.services.everything.job import Job
from app.services.everything.sum_words import MOST_UNREAD, Item, item_of

_KIND_WITHIN = 3_000
"""Characters at the beginning of a document that may say what it is."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-z])")
_TOTAL_COLUMNS = ("total", "gross", "gesamt", "brutto", "amount", "betrag", "montant", "importe")
_LABEL = 70
_SAME = (
    ("invoice", "bill", "rechnung", "facture", "factura"),
    ("receipt", "quittung", "beleg", "reçu", "recibo"),
    ("contract", "vertrag", "verträge", "contrat", "contrato"),
    ("offer", "quote", "quotation", "estimate", "angebot", "devis", "presupuesto"),
    ("order", "bestellung", "commande", "pedido"),
)
"""What documents of one kind call themselves in the languages of the questions."""


def answer(job: Job) -> Iterator[object]:
    """Progress, WentThrough, SourcesFound, AnswerDone. Errors: of the library."""
    yield job.progress(0)
    adding, done, files = _Adding(job), 0, 0
    if adding.take_priced():
        done, files = job.passages, len(job.survey.files)
        yield job.progress(done)
    for file in job.survey.files[files:]:
        if job.cancel.is_set():
            break
        adding.look(file)
        done, files = done + file.passages, files + 1
        yield job.progress(done)
    adding.finish()
    added, unread = adding.added, adding.unread
    found = tuple(
        FoundItem(
            f"{Path(item.path).name}: {item.amount.text}",
            1,
            ((item.path, item.amount.start, item.amount.end),),
        )
        for item in added
        if item.amount is not None
    )
    sums = tuple((unit, f"{value:f}") for unit, value in sum_words.together(added).items())
    yield WentThrough(
        *(job.wish.kind.value, done, job.passages, files, False, found),
        sums=sums,
        unclear=len(unread),
    )
    listed = [*added[:MOST_LISTED], *unread[:MOST_UNREAD]]
    sources = sources_of(job.library, [item.chunk for item in listed if item.chunk])
    yield SourcesFound(sources)
    numbers = {source.hit.passage.chunk_id: source.number for source in sources}
    text = "\n".join(sum_words.text(added, unread, numbers))
    note = wording.note(job.wish, job.survey, adding.how)
    status = Status.COMPLETE
    if job.cancel.is_set():
        note, status = wording.stopped(files, len(job.survey.files)), Status.STOPPED
    yield AnswerDone(text, False, sources, status, None, note=note)


class _Adding:
    """What is added and what is not, document by document."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._unit = amounts.unit_of(job.wish.subject) if job.wish.subject else ""
        self._wanted = columns.forms(job.wish.subject)
        self._seen: set[str] = set()
        self._others: list[FileTally] = []
        self._of_kind = 0
        self._generic = job.wish.values == "amounts"
        self._only_columns = False
        self._total_rows = 0
        self._priced = False
        self.added: list[Item] = []
        self.unread: list[Item] = []

    @property
    def how(self) -> str:
        """How it was read, for the note."""
        how = "numbers were read as they are written and added exactly, nothing was converted"
        if self._priced:
            how += "; these are the things that documents list, other sentences were not looked at"
        if self._others and self._of_kind:
            kind = " or ".join(self._job.wish.terms)
            how += f"; {wording.documents(len(self._others))} that do not call themselves {kind} "
            how += "were left out"
        if self._total_rows:
            rows = wording.some(self._total_rows, "row")
            how += f"; {rows} of totals left out"
        if self._only_columns:
            how += "; only columns that are called so were read, and no sentences"
        return how

    def take_priced(self) -> bool:
        """Take what things cost where documents list them; sentences that happen to name such a
        thing are not looked at then. Errors: of the library."""
        wish = self._job.wish
        if not wish.subject or self._unit or wish.values or self._job.cancel.is_set():
            return False
        for item in priced.items(self._job):
            (self.unread if item.amount is None else self.added).append(item)
        self._priced = bool(self.added)
        return self._priced

    def look(self, file: FileTally) -> None:
        """Go through one document. Errors: of the library."""
        if file.path in self._seen:
            return  # in another collection as well
        self._seen.add(file.path)
        try:
            text = self._job.library.open(file.file_id).text
        except NotFound:
            return
        if self._job.wish.terms:
            if not _is_called(file, text, self._job.wish.terms):
                self._others.append(file)
                return
            self._of_kind += 1
        self._take(file, text)

    def finish(self) -> None:
        """Where no document calls itself what was asked for, all of them count; of 'all prices'
        only a column that is called so, where there is one."""
        if self._others and not self._of_kind:
            others, self._others = self._others, []
            for file in others:
                if self._job.cancel.is_set():
                    break
                with contextlib.suppress(NotFound):
                    self._take(file, self._job.library.open(file.file_id).text)
        if self._generic and not all(item.loose for item in (*self.added, *self.unread)):
            self._only_columns = any(item.loose for item in (*self.added, *self.unread))
            self.added = [item for item in self.added if not item.loose]
            self.unread = [item for item in self.unread if not item.loose]

    def _take(self, file: FileTally, text: str) -> None:
        found = self._document(file, text) if not self._job.wish.subject else None
        if found is None:
            found = self._things(file, text)
        if not found:
            return
        chunks = self._job.chunks(file)
        for at, item in found:
            item = replace(item, chunk=chunks.at(at))
            (self.unread if item.amount is None else self.added).append(item)

    # --- what a document adds up to itself -------------------------------------------------------

    def _document(self, file: FileTally, text: str) -> list[tuple[int, Item]]:
        if columns.is_table(file):
            for name in _TOTAL_COLUMNS:
                column = columns.column_of(file, text, lambda each, name=name: _begins(each, name))  # type: ignore[misc]
                if column:
                    return self._cells(column)
        total = totals.total_of(text)
        return [(total.place, Item(file.path, total.label, total.amount, total.why))]

    # --- things ----------------------------------------------------------------------------------

    def _things(self, file: FileTally, text: str) -> list[tuple[int, Item]]:
        if columns.is_table(file):
            column = columns.column_of(file, text, self._is_wanted)
            return self._cells(column) if column else []
        name, cells = sheets.column(text, self._is_wanted)
        if cells:
            return self._cells(columns.Column(file, name, 0, "", text, tuple(cells)))
        return list(self._sentences(file, text))

    def _is_wanted(self, name: str) -> bool:
        bare = re.sub(r"\(.*?\)|\[.*?\]", " ", name)
        bare = re.sub(r" in \S+$", "", " ".join(bare.split()))
        forms = columns.forms(bare) | columns.forms(name)
        units = bool(self._unit) and amounts.unit_of(bare) == self._unit
        return bool(self._wanted & forms) or units

    def _cells(self, column: columns.Column) -> list[tuple[int, Item]]:
        path, text = column.file.path, column.text
        unit = amounts.unit_of(column.name)
        cells = list(columns.cells_of(column))
        mark = amounts.mark_of(cell for _, cell in cells)
        found = []
        for at, cell in cells:
            start = columns.row_of(text, at)
            row = text[start : at + len(cell)]
            if totals.is_total_row(text[start:at]):
                self._total_rows += 1
                continue
            one = amounts.cell(cell, unit, mark, uniform=True)
            label = f"{column.name}, {_short(row)}"
            if one is None:
                found.append((at, Item(path, label, None, f"“{_short(cell)}” is no number")))
            else:
                found.append((at, item_of(path, label, replace(one, start=at, end=at + len(cell)))))
        return found

    def _sentences(self, file: FileTally, text: str) -> Iterator[tuple[int, Item]]:
        mark = amounts.decimal_mark(text)
        named = _named(self._wanted)
        for line_at, line in totals.lines(text):
            at = line_at
            for sentence in _SENTENCE.split(line):
                at = text.find(sentence, at)
                if not self._unit and not self._generic and not named.search(sentence):
                    continue
                found = list(self._amounts(sentence, mark))
                if not found:
                    continue
                moved = [replace(a, start=a.start + at, end=a.end + at) for a in found]
                if totals.is_total(sentence):
                    said = ", ".join(one.text for one in found[:4])
                    why = f"{said} may add up others"
                    yield at, Item(file.path, _short(sentence), None, why, loose=True)
                elif len(found) == 1 or self._unit or self._generic:
                    for one in moved:
                        yield at, replace(item_of(file.path, _short(sentence), one), loose=True)
                else:
                    said = ", ".join(one.text for one in found[:4])
                    why = f"several amounts in one sentence: {said}"
                    yield at, Item(file.path, _short(sentence), None, why, loose=True)

    def _amounts(self, text: str, mark: str) -> Iterator[Amount]:
        if self._unit in amounts.UNITS:
            return amounts.of_unit(text, self._unit, mark)
        found = amounts.money(text, mark)
        return (a for a in found if a.unit == self._unit) if self._unit else found


def _named(wanted: set[str]) -> re.Pattern[str]:
    """Finds the things by their name, in singular or plural."""
    names = "|".join(re.escape(form) for form in sorted(wanted, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{names or '(?!)'})(?:s|es|n|en)?(?!\w)", re.IGNORECASE)


def _begins(name: str, word: str) -> bool:
    return bool(re.match(rf"(?:grand |invoice )?{word}", name.strip(), re.IGNORECASE))


def _is_called(file: FileTally, text: str, kinds: Sequence[str]) -> bool:
    """Whether a document's name or beginning says that it is one of the kind ('invoices')."""
    words = {form for kind in kinds for form in columns.forms(kind)}
    words.update(word for same in _SAME if words & set(same) for word in same)
    names = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
    said = f"{Path(file.path).stem} {file.title} {text[:_KIND_WITHIN]}"
    return bool(re.search(rf"(?<![^\W_])(?:{names})", said, re.IGNORECASE))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LABEL else f"{text[:_LABEL].rstrip()} …"
