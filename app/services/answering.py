"""One answer from question to citations: search, decide, ask the model, check what it said.

Whether to answer at all is decided by code from the nearest passage's meaning, since a small
model never declines by itself. Citations are set afterwards by `citations`, sentence by sentence.
Where the model can't be relied on, because it is tiny or because no passage carries what it said,
the sentence of the passages that says most about the question is quoted under the answer.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

from app.core.errors import LoamError
from app.core.messages import (
    AnswerDone,
    Explained,
    Generate,
    Generated,
    Inspect,
    Inspected,
    Progress,
    SourcesFound,
    Token,
)
from app.core.process import Cancel, WorkerProcess
from app.core.servernames import leaves
from app.core.types import (
    Autopsy,
    Cut,
    FileState,
    ModelInfo,
    ModelSpec,
    Reading,
    SentenceCheck,
    Source,
    Status,
)
from app.services import checking, citations, examining, material
from app.services.citations import Quote
from app.services.library import LibraryService
from app.services.material import Material
from app.services.question import Question, search_text, turns

DECLINED = "I found nothing about this in the attached documents."
_SHOWN = 4
"""Passages found for an answer and shown beside it."""
_TINY = 700_000_000
"""Parameters below which a model answers better from one passage than from several."""


class Answering:
    """Joins the engine and the library."""

    def __init__(self, engine: WorkerProcess, library: LibraryService) -> None:
        self._engine = engine
        self._library = library
        self._infos: dict[str, ModelInfo] = {}

    def answer(self, question: Question, cancel: Cancel) -> Iterator[object]:
        """Progress, SourcesFound (with collections), Loaded, Token..., and at last AnswerDone.

        Errors: of the engine and the library; what was said so far is the caller's to keep.
        """
        plain = question.given is None and not question.forced and not question.form
        if question.tools and question.collections and plain and not question.prefill:
            info = self._info(question.spec)
            if info is not None and info.calls_tools:
                from app.services.tool_answering import ToolAnswering

                searching = ToolAnswering(self._engine, self._library, self._cited_plainly)
                if (yield from searching.answer(question, cancel)):
                    return
        sources: tuple[Source, ...] = question.given or ()
        autopsy = self._forced(question) if question.forced else None
        if question.collections and question.given is None:
            yield Progress("Searching your documents", 0, 0)
            sources, near, autopsy = self._search(question, cancel)
            yield SourcesFound(sources)
            if not near and question.only_documents:
                yield Explained(examining.declined(autopsy))
                note = self._unread(question.collections)
                yield AnswerDone(DECLINED, True, sources, Status.COMPLETE, None, note=note)
                return
            if not near:
                sources = ()
        yield from self._generate(question, sources, cancel, autopsy)

    def _search(
        self, question: Question, cancel: Cancel
    ) -> tuple[tuple[Source, ...], bool, Autopsy]:
        """The passages, whether the nearest is near enough to answer from, and the record."""
        top = max(question.passages, _SHOWN)
        query, asked = search_text(question), question.collections
        found = self._library.search(
            query, asked, max(top, examining.KEPT), cancel, question.only, question.share, True
        )
        sources = tuple(Source(n, hit) for n, hit in enumerate(found.hits[:top], 1))
        near = bool(sources) and found.relevance >= question.relevance
        return sources, near, examining.searched(question, query, found, self._names())

    def _forced(self, question: Question) -> Autopsy:
        return examining.forced(question, search_text(question), self._names())

    def _names(self) -> dict[int, str]:
        return {each.id: each.name for each in self._library.collections()}

    def _unread(self, collections: tuple[int, ...]) -> str:
        """A note when documents that could have answered are not read yet."""
        files = [file for one in collections for file in self._library.files(one)]
        waiting = sum(file.state in (FileState.WAITING, FileState.READING) for file in files)
        if not waiting:
            return ""
        return f"{waiting} of {len(files)} documents are not read yet; ask again when they are"

    def _generate(
        self,
        question: Question,
        sources: tuple[Source, ...],
        cancel: Cancel,
        autopsy: Autopsy | None,
    ) -> Iterator[object]:
        tiny = bool(sources) and 0 < self._size(question.spec) < _TINY
        quote = self._quote(question, sources, cancel) if tiny else None
        shown = len(sources)
        if sources and not tiny and not question.passages and question.given is None:
            found = self._material(question, sources)
            sources, read = found.sources, found.blocks
            given, reading = found.read, found.reading
        else:
            chosen = _chosen(sources, question.passages, tiny, quote)
            given = tuple(source.hit.passage for source in chosen)
            reading = Reading.PASSAGES
            read = tuple(material.block([passage]) for passage in given)
        asked = turns(question, read)
        if autopsy is not None:
            small = tiny and not question.passages
            why = {s.hit.passage.chunk_id: Cut.SMALL for s in sources if small}
            autopsy = examining.prompted(autopsy, asked, given, reading, why)
            yield Explained(autopsy)
        said = [question.prefill]
        outcome: Generated | None = None
        request = Generate(
            spec=question.spec,
            # Left to chance, a tiny model takes the number of the next line every few answers.
            sampling=replace(question.sampling, temperature=0.0) if tiny else question.sampling,
            turns=asked,
            prefill=question.prefill,
            form=question.form,
            when_full=question.when_full,
            documents=bool(sources or question.collections),
        )
        for event in self._engine.stream(request, cancel):
            if isinstance(event, Token):
                said.append(event.text)
            if isinstance(event, Generated):
                outcome = event
            else:
                yield event
        text = "".join(said).strip()
        checks: tuple[SentenceCheck, ...] = ()
        status = outcome.status if outcome else Status.STOPPED
        notes = without(outcome.dropped_turns if outcome else 0, question.summed_up)
        if autopsy is not None and outcome and outcome.dropped_turns:
            yield Explained(replace(autopsy, dropped_turns=outcome.dropped_turns))
        if sources and text and not question.form and not cancel.is_set():
            yield Progress("Checking the answer against the passages", 0, 0)
            text, dropped = self._cited(question, text, sources, quote, cancel)
            checks = checking.check(text, sources)
            if dropped:
                notes.append("sentences that the documents do not support were left out")
        # Of what was read besides the passages found, only what is cited is shown.
        sources = tuple(s for s in sources if s.number <= shown or f"[{s.number}]" in text)
        stats = outcome.stats if outcome else None
        note = "; ".join(notes)
        yield AnswerDone(text, False, sources, status, stats, note=note, checks=checks)

    def _material(self, question: Question, sources: tuple[Source, ...]) -> Material:
        said = sum(len(turn.content) for turn in question.before)
        taken = said + len(question.system_prompt) + len(question.text) + len(question.prefill)
        fits = material.room(question.spec.context_length, question.sampling.max_tokens, taken)
        # A person who agreed to send passages did not agree to send whole documents.
        here = not leaves(question.spec.path)
        library, only = self._library, question.only
        return material.gather(library, sources, question.collections, only, fits, here)

    def _cited(
        self,
        question: Question,
        text: str,
        sources: tuple[Source, ...],
        quote: Quote | None,
        cancel: Cancel,
    ) -> tuple[str, int]:
        """The answer with citations and, where needed, a quote; and how many sentences went. Only
        those of tiny models (they have a quote already) do: what such a model adds to what it was
        given is invented nearly always."""
        similar = functools.partial(self._library.similarities, cancel=cancel)
        passages = [source.hit.passage for source in sources]
        texts = [passage.text for passage in passages]
        headings = [citations.heading_of(passage) for passage in passages]
        marked, used = citations.cite(text, texts, similar, headings)
        dropped = 0
        if quote and question.only_documents:
            sure = citations.surely_cited(marked, texts, question.text)
            marked, dropped = citations.cited_only(sure)
        if not used and quote is None:
            quote = self._quote(question, sources, cancel)
        if quote is None or (used and citations.says(marked, quote.text)):
            return marked, dropped
        quoted = f"From the documents: “{quote.text}” [{quote.number}]"
        return f"{marked}\n\n{quoted}".strip(), dropped

    def _quote(
        self, question: Question, sources: tuple[Source, ...], cancel: Cancel
    ) -> Quote | None:
        similar = functools.partial(self._library.similarities, cancel=cancel)
        passages = [source.hit.passage.text for source in sources]
        return citations.best_quote(search_text(question), passages, similar)

    def _cited_plainly(
        self, question: Question, text: str, sources: tuple[Source, ...], cancel: Cancel
    ) -> tuple[str, int]:
        return self._cited(question, text, sources, None, cancel)

    def _size(self, spec: ModelSpec) -> int:
        info = self._info(spec)
        return info.parameters if info else 0

    def _info(self, spec: ModelSpec) -> ModelInfo | None:
        """Of a model; one whose header can't be read fails with a reason at load."""
        if spec.path not in self._infos:
            try:
                inspected: Inspected = self._engine.ask(Inspect(spec.path))
            except LoamError:
                return None
            self._infos[spec.path] = inspected.info
        return self._infos[spec.path]


def without(left_out: int, summed_up: int) -> list[str]:
    """What a person is told of messages that the model no longer saw."""
    notes = []
    for count, which, one, many in (
        (summed_up, "first", "was summed up", "were summed up"),
        (left_out, "next" if summed_up else "first", "was left out", "were left out"),
    ):
        if count == 1:
            notes.append(f"the {which} message no longer fits; it {one}")
        elif count:
            notes.append(f"the {which} {count} messages no longer fit; they {many}")
    return notes


def _chosen(
    sources: tuple[Source, ...], wanted: int, tiny: bool, quote: Quote | None
) -> tuple[Source, ...]:
    """What the model reads: a tiny one the passage of the quote alone, unless told otherwise."""
    if wanted:
        return sources[:wanted]
    if tiny:
        return (sources[quote.number - 1],) if quote else sources[:1]
    return sources
