"""Summaries, and other questions that a person wants all passages read for.

Each stretch gives a sentence or two; those that no passage carries are dropped and counted. Long
documents, and then all of them, are summed up from what was kept, by the same check. Where a model
says nothing that holds, the sentence of the stretch that says most stands there, as a quote.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core.messages import Token
from app.core.messages.everything import FileTally
from app.core.sentences import without_markers
from app.core.types import Hit, Passage, Source
from app.services import citations
from app.services.everything import wording
from app.services.everything.job import Job
from app.services.everything.mapping import Mapper
from app.services.everything.packing import Pack
from app.services.everything.wishes import Kind

_TOKENS = 120
_TINY_TOKENS = 64
_SUM_UP = "Read this text:\n\n{text}\n\nSummarise the text in two sentences. Use only what it says."
_TINY_SUM_UP = "Read this text:\n\n{text}\n\nSummarize the text in one sentence."
_ANSWER = "Read this text:\n\n{text}\n\nBased on the text, {question}"
_LINES = 40
"""Lines that a whole summary has about; shared among its documents."""
_MOST_LINES = 8
_SHARE_OF_RELEVANCE = 0.7
"""Of the relevance that a single best passage needs: here the question is put to many."""
_FOLDED = 6_000
"""Characters of summaries that are summed up again at once."""
_NUMBER = re.compile(r"\[(\d{1,3})\]")


@dataclass(slots=True)
class _Told:
    """What was kept of one document: lines with citations."""

    file: FileTally
    lines: list[str] = field(default_factory=list)
    quotes: int = 0


class Telling:
    """One run. After it, `text()`, `sources`, `dropped` and `done` say what came of it."""

    def __init__(self, job: Job, mapper: Mapper) -> None:
        self._job = job
        self._mapper = mapper
        self._told: list[_Told] = []
        self._numbers: dict[int, int] = {}
        self._passages: list[Passage] = []
        self._whole = ""
        self.dropped = 0
        self.quoted = 0
        self.done = 0
        self._similar = job.library.similarities

    def run(self) -> Iterator[object]:
        """Progress, and a Token with what is kept of each stretch. Errors: of the library and the
        engine."""
        job = self._job
        yield job.progress(0)
        near = self._near()
        before = 0
        for file in job.survey.files:
            told = _Told(file)
            self._told.append(told)
            for pack in job.packs(file, _TOKENS):
                if self._concerns(pack, near):
                    said = yield from self._read(pack)
                    if said is None:
                        return
                    if said:
                        name = "" if told.lines else f"\n\n**{self._name(file)}**\n"
                        yield Token(f"{name}\n- {said}")
                        told.lines.append(said)
                self.done = min(before + file.passages, self.done + len(pack.passages))
                yield job.progress(self.done)
            before += file.passages
            self.done = before
            self._shorten(told)
        if job.wish.kind is Kind.SUMMARY and not job.tiny and len(self._told) > 1:
            self._whole = self._fold() or ""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The passages that the text cites, under their numbers."""
        cited = {int(number) for number in _NUMBER.findall(self.text())}
        return tuple(
            Source(number, Hit(passage, 0.0, 0.0, 0.0))
            for number, passage in enumerate(self._passages, 1)
            if number in cited
        )

    @property
    def how(self) -> str:
        """How the text came about, for the note."""
        text = "written by the model part by part, and checked against the passages"
        if self.dropped:
            text += f"; {wording.some(self.dropped, 'sentence')} that no passage carries dropped"
        if self.quoted:
            text += f"; {wording.some(self.quoted, 'quote')} in place of such"
        return text

    def text(self) -> str:
        """The answer in Markdown."""
        blocks = [self._whole] if self._whole else []
        for told in self._told:
            if told.lines:
                rows = "\n".join(f"- {line}" for line in told.lines)
                blocks.append(f"**{self._name(told.file)}**\n\n{rows}")
        return "\n\n".join(blocks) or "Nothing in these documents says something about this."

    # --- one stretch -----------------------------------------------------------------------------

    def _near(self) -> dict[int, float]:
        job = self._job
        if job.wish.kind is Kind.SUMMARY:
            return {}
        return job.library.nearness(job.wish.question, job.collections, job.only)

    def _concerns(self, pack: Pack, near: dict[int, float]) -> bool:
        """Whether a stretch is read at all: for a summary each is, else those near the question."""
        relevance = _SHARE_OF_RELEVANCE * self._job.relevance
        return not near or max(near.get(p.chunk_id, 0.0) for p in pack.passages) >= relevance

    def _read(self, pack: Pack) -> Generator[object, None, str | None]:
        """What is kept of a stretch; None when the work was stopped."""
        job = self._job
        if job.wish.kind is Kind.SUMMARY:
            prompt = (_TINY_SUM_UP if job.tiny else _SUM_UP).format(text=pack.text)
        else:
            prompt = _ANSWER.format(text=pack.text, question=job.wish.question)
        tokens = _TINY_TOKENS if job.tiny else _TOKENS
        reply = self._mapper.ask(pack.file.path, prompt, tokens, pack)
        yield from self._mapper.loaded
        self._mapper.loaded.clear()
        return None if reply is None else self._kept(reply, pack)

    def _kept(self, reply: str, pack: Pack) -> str:
        """What of a reply its passages carry, on one line with citations; else a quote."""
        line = " ".join(wording.plain(part) for part in reply.splitlines() if part.strip())
        marked, _ = citations.cite(
            line,
            [each.text for each in pack.passages],
            self._similar,
            [citations.heading_of(each) for each in pack.passages],
        )
        kept, dropped = citations.cited_only(marked)
        self.dropped += dropped
        kept = " ".join(kept.split())
        # The last sentence of a reply that was cut has no end; half a sentence is none.
        self._mapper.record.became(
            [without_markers(kept)] if kept else [], citations.uncited(marked)
        )
        if kept:
            return _NUMBER.sub(lambda m: self._cite(pack.passages[int(m[1]) - 1]), kept)
        quote = citations.best_quote(
            self._job.wish.question if self._job.wish.kind is not Kind.SUMMARY else pack.text[:800],
            [each.text for each in pack.passages],
            self._similar,
        )
        if quote is None:
            return ""
        self.quoted += 1
        return f"“{wording.plain(quote.text)}” {self._cite(pack.passages[quote.number - 1])}"

    def _cite(self, passage: Passage) -> str:
        if passage.chunk_id not in self._numbers:
            self._passages.append(passage)
            self._numbers[passage.chunk_id] = len(self._passages)
        return f"[{self._numbers[passage.chunk_id]}]"

    # --- documents, and all of them --------------------------------------------------------------

    def _shorten(self, told: _Told) -> None:
        """Leave of a document the lines that say most about all of it."""
        most = max(1, min(_MOST_LINES, _LINES // max(1, len(self._job.survey.files))))
        if len(told.lines) <= most:
            return
        if not self._job.tiny and self._job.wish.kind is Kind.SUMMARY:
            folded = self._sum_up(told.lines, told.file.path)
            if folded:
                told.lines = [folded]
                return
        plain = [without_markers(line) for line in told.lines]
        (cosines,) = self._similar([" ".join(plain)[:2_000]], plain) or ((),)
        best = sorted(range(len(plain)), key=lambda n: -cosines[n])[:most]
        told.lines = [told.lines[n] for n in sorted(best)]

    def _fold(self) -> str | None:
        """All documents in a few sentences."""
        lines = [line for told in self._told for line in told.lines]
        while sum(map(len, lines)) > _FOLDED:
            shorter = [
                folded
                for some in _groups(lines, _FOLDED)
                if (folded := self._sum_up(some, self._told[0].file.path))
            ]
            if not shorter or len(shorter) >= len(lines):
                return None
            lines = shorter
        return self._sum_up(lines, self._told[0].file.path)

    def _sum_up(self, lines: list[str], path: str) -> str | None:
        """Lines with citations to fewer, cited by the same passages; None when nothing holds."""
        cited = dict.fromkeys(int(n) for line in lines for n in _NUMBER.findall(line))
        passages = [self._passages[number - 1] for number in cited]
        text = "\n".join(without_markers(line) for line in lines)
        reply = self._mapper.ask(path, _SUM_UP.format(text=text), _TOKENS)
        if not reply:
            return None
        line = " ".join(wording.plain(part) for part in reply.splitlines() if part.strip())
        marked, used = citations.cite(line, [each.text for each in passages], self._similar)
        kept, dropped = citations.cited_only(marked)
        self.dropped += dropped
        if not used or not kept:
            return None
        kept = " ".join(kept.split())
        return _NUMBER.sub(lambda m: self._cite(passages[int(m[1]) - 1]), kept)

    @staticmethod
    def _name(file: FileTally) -> str:
        return wording.plain(Path(file.path).name)


def _groups(lines: list[str], most: int) -> Iterator[list[str]]:
    group: list[str] = []
    for line in lines:
        if group and sum(map(len, group)) + len(line) > most:
            yield group
            group = []
        group.append(line)
    if group:
        yield group
