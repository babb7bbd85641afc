"""Documents side by side: a table with a row for each and a column for each attribute.

A value must stand in its document to the letter. Prices, dates and the like are found by code, and
the nearness of their sentence to the attribute decides; for other attributes the model is asked
about the nearest stretches of each document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core.messages import Token
from app.core.messages.everything import FileTally, FoundItem, Place, ScannedFile
from app.core.types import Passage, SearchFilter, Source
from app.services.everything import mapping, values, wording
from app.services.everything.finds import sources_of
from app.services.everything.job import Job
from app.services.everything.listing import sentence_at
from app.services.everything.mapping import Mapper
from app.services.everything.recognise import kind_of_attribute

_TOKENS = 32
_STRETCHES = 3
_NEAR = 0.2
"""Cosine of a value's sentence to the attribute, below which it is none of it."""
_MOST_VALUES = 3
_PROMPT = (
    "Read this text:\n\n{text}\n\nBased on the text, what is the {attribute}? "
    "Answer in a few words."
)
_ALWAYS = ("dates", "amounts of money")
"""What documents are compared by when nothing was named."""
_MOST_ROWS = 60


@dataclass(slots=True)
class _Cell:
    """Values with the passages they stand in."""

    values: list[tuple[str, int, int, int]] = field(default_factory=list)


class Comparing:
    """One run. After it, `text()`, `items`, `dropped` and `done` say what came of it."""

    def __init__(self, job: Job, mapper: Mapper) -> None:
        self._job = job
        self._mapper = mapper
        self._attributes = job.wish.attributes or _ALWAYS
        self._rows: list[tuple[FileTally, list[_Cell]]] = []
        self.dropped = 0
        self.done = 0
        self.asked = False
        self.sources: tuple[Source, ...] = ()

    def run(self) -> Iterator[object]:
        """Progress, and a Token with each row. Errors: of the library and the engine."""
        job = self._job
        yield job.progress(0)
        near = {
            attribute: job.library.nearness(attribute, job.collections, job.only)
            for attribute in self._attributes
            if not kind_of_attribute(attribute)
        }
        for file in job.survey.files:
            cells = []
            for attribute in self._attributes:
                kind = kind_of_attribute(attribute)
                cell = (
                    self._found(file, attribute, kind)
                    if kind
                    else self._answered(file, attribute, near[attribute])
                )
                yield from self._mapper.loaded
                self._mapper.loaded.clear()
                if cell is None:
                    return
                cells.append(cell)
            self._rows.append((file, cells))
            said = "; ".join(
                f"{attribute}: {', '.join(v[0] for v in cell.values) or 'not found'}"
                for attribute, cell in zip(self._attributes, cells, strict=True)
            )
            name = wording.plain(Path(file.path).name)
            yield Token(f"- {name}: {wording.plain(said)}\n")
            self.done += file.passages
            yield job.progress(self.done)

    def finish(self) -> None:
        """Fetch the passages of what was found. Errors: of the library."""
        chunks = [v[3] for _, cells in self._rows for cell in cells for v in cell.values]
        self.sources = sources_of(self._job.library, chunks)

    @property
    def items(self) -> tuple[FoundItem, ...]:
        """A value each: 'attribute: value'."""
        return tuple(
            FoundItem(f"{attribute}: {text}", 1, ((file.path, start, end),))
            for file, cells in self._rows
            for attribute, cell in zip(self._attributes, cells, strict=True)
            for text, start, end, _ in cell.values
        )

    @property
    def how(self) -> str:
        """How the values were found, for the note."""
        how = "each value stands in its document to the letter"
        how += "; the model picked it" if self.asked else "; code picked it by the nearest sentence"
        if self.dropped:
            how += f"; {self.dropped:,} that do not were dropped"
        return how

    def text(self) -> str:
        """A Markdown table."""
        numbers = {source.hit.passage.chunk_id: source.number for source in self.sources}
        head = ["Document", *(wording.cell(attribute) for attribute in self._attributes)]
        rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
        for file, cells in self._rows[:_MOST_ROWS]:
            said = [
                ", ".join(
                    f"{wording.cell(text)} [{numbers[chunk]}]" if chunk in numbers else text
                    for text, _, _, chunk in cell.values
                )
                or "not found"
                for cell in cells
            ]
            rows.append(f"| {wording.cell(Path(file.path).name)} | {' | '.join(said)} |")
        more = len(self._rows) - _MOST_ROWS
        return "\n".join(rows) + (f"\n\nand {more:,} more documents" if more > 0 else "")

    def _found(self, file: FileTally, attribute: str, kind: str) -> _Cell | None:
        """Values of a kind, from the sentences nearest to the attribute."""
        job = self._job
        only = SearchFilter(files=(file.file_id,))
        places: list[Place] = []
        patterns = values.PATTERNS[kind]
        for event in job.library.scan(patterns, job.collections, only, job.cancel):
            if isinstance(event, ScannedFile):
                places = [p for p in event.places if values.key(kind, p.text)]
        if job.cancel.is_set():
            return None
        if not places:
            return _Cell()
        passages = {each.chunk_id: each for each in job.read(file)}
        sentences = [self._sentence(passages, place) for place in places]
        (cosines,) = job.library.similarities([attribute], sentences)
        named = bool(job.wish.attributes)
        order = sorted(range(len(places)), key=lambda n: (-cosines[n], n)) if named else None
        cell, seen = _Cell(), set[str]()
        for n in order or range(len(places)):
            # Of a named attribute only what the nearest sentence says.
            if named and (cosines[n] < _NEAR or cosines[n] < cosines[order[0]] - 1e-4):  # type: ignore[index]
                break
            key = values.key(kind, places[n].text)
            if key not in seen and len(cell.values) < _MOST_VALUES:
                seen.add(key)
                place = places[n]
                text = values.shown(kind, place.text)
                cell.values.append((text, place.start, place.end, place.chunk_id))
        return cell

    @staticmethod
    def _sentence(passages: dict[int, Passage], place: Place) -> str:
        passage = passages.get(place.chunk_id)
        return sentence_at(passage, place.start, place.end) if passage else place.text

    def _answered(self, file: FileTally, attribute: str, near: dict[int, float]) -> _Cell | None:
        """What the model says of the nearest stretches, the first that stands there."""
        self.asked = True
        packs = sorted(
            self._job.packs(file, _TOKENS),
            key=lambda pack: -max(near.get(p.chunk_id, 0.0) for p in pack.passages),
        )
        for pack in packs[:_STRETCHES]:
            prompt = _PROMPT.format(text=pack.text, attribute=attribute)
            reply = self._mapper.ask(file.path, prompt, _TOKENS, pack)
            if reply is None:
                return None
            for options in mapping.items(reply):
                named = mapping.locate(options, pack)
                if named is not None:
                    self._mapper.record.became(kept=[f"{attribute}: {named.text}"])
                    return _Cell([(named.text, named.start, named.end, named.chunk_id)])
                self.dropped += 1
                self._mapper.record.became(dropped=options[:1])
        return _Cell()
