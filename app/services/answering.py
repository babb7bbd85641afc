"""One answer from question to citations: search, decide, ask the model, check what it said.

Whether to answer at all is decided by code from the nearest passage's meaning, since a small
model never declines by itself. Citations are set afterwards by `citations`, sentence by sentence;
an answer that no passage carries is followed by the passage's own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.messages import (
    AnswerDone,
    Generate,
    Generated,
    Progress,
    SourcesFound,
    Token,
    Turn,
)
from app.core.process import Cancel, WorkerProcess
from app.core.types import ModelSpec, Sampling, Source, Status
from app.services import citations
from app.services.library import LibraryService

DECLINED = "I found nothing about this in the attached documents."
# Of six layouts tried on the default model with the right paragraph given, this plain one answered
# most questions; explicit rules ('answer in one sentence, using only ...') cost a third of them.
_LAYOUT = "Read this text:\n\n{text}\n\nBased on the text, {question}"
_POINTING = frozenset(
    "it its he she they them their his her this that these those there then and but so".split()
)


@dataclass(frozen=True, slots=True)
class Question:
    """All that one answer depends on. `before` are earlier turns, oldest first. `given` are
    sources to use again instead of searching; `prefill` is an answer's beginning to go on from."""

    text: str
    spec: ModelSpec
    sampling: Sampling
    system_prompt: str = ""
    before: tuple[Turn, ...] = ()
    collections: tuple[int, ...] = ()
    only_documents: bool = True
    passages: int = 4
    relevance: float = 0.35
    given: tuple[Source, ...] | None = None
    prefill: str = ""


class Answering:
    """Joins the engine and the library."""

    def __init__(self, engine: WorkerProcess, library: LibraryService) -> None:
        self._engine = engine
        self._library = library

    def answer(self, question: Question, cancel: Cancel) -> Iterator[object]:
        """Progress, SourcesFound (with collections), Loaded, Token..., and at last AnswerDone.

        Errors: of the engine and the library; what was said so far is the caller's to keep.
        """
        sources: tuple[Source, ...] = question.given or ()
        if question.collections and question.given is None:
            yield Progress("Searching your documents", 0, 0)
            sources, near = self._search(question, cancel)
            yield SourcesFound(sources)
            if not near and question.only_documents:
                yield AnswerDone(DECLINED, True, sources, Status.COMPLETE, None)
                return
            if not near:
                sources = ()
        yield from self._generate(question, sources, cancel)

    def _search(self, question: Question, cancel: Cancel) -> tuple[tuple[Source, ...], bool]:
        """The passages, and whether the nearest is near enough to answer from."""
        found = self._library.search(
            search_text(question), question.collections, question.passages, cancel
        )
        sources = tuple(Source(n, hit) for n, hit in enumerate(found.hits, 1))
        return sources, bool(sources) and found.best_cosine >= question.relevance

    def _generate(
        self, question: Question, sources: tuple[Source, ...], cancel: Cancel
    ) -> Iterator[object]:
        said = [question.prefill]
        outcome: Generated | None = None
        request = Generate(
            spec=question.spec,
            sampling=question.sampling,
            turns=turns(question, sources),
            prefill=question.prefill,
        )
        for event in self._engine.stream(request, cancel):
            if isinstance(event, Token):
                said.append(event.text)
            if isinstance(event, Generated):
                outcome = event
            else:
                yield event
        text = "".join(said).strip()
        status = outcome.status if outcome else Status.STOPPED
        note = "older messages left out" if outcome and outcome.dropped_turns else ""
        if sources and text and not cancel.is_set():
            yield Progress("Checking the answer against the passages", 0, 0)
            text = self._cited(question, text, sources, cancel)
        yield AnswerDone(
            text, False, sources, status, outcome.stats if outcome else None, note=note
        )

    def _cited(
        self, question: Question, text: str, sources: tuple[Source, ...], cancel: Cancel
    ) -> str:
        passages = [source.hit.passage.text for source in sources]

        def similar(left: object, right: object) -> tuple[tuple[float, ...], ...]:
            return self._library.similarities(left, right, cancel)  # type: ignore[arg-type]

        marked, used = citations.cite(text, passages, similar)
        if used:
            return marked
        quote = citations.best_quote(question.text, passages, similar)
        if quote is None:
            return marked
        words, number = quote
        return f"{marked}\n\nFrom the documents: “{' '.join(words.split())}” [{number}]"


def search_text(question: Question) -> str:
    """What the index is asked: the question, with the one before it when it can't stand alone."""
    words = question.text.lower().split()
    leans = len(words) < 4 or bool(_POINTING & {w.strip(".,?!'\"") for w in words[:4]})
    earlier = [turn.content for turn in question.before if turn.role == "user"]
    return f"{earlier[-1]} {question.text}" if leans and earlier else question.text


def turns(question: Question, sources: tuple[Source, ...]) -> tuple[Turn, ...]:
    """The conversation as the model gets it; passages stand right before the question."""
    system = (Turn("system", question.system_prompt),) if question.system_prompt.strip() else ()
    if not sources:
        return (*system, *question.before, Turn("user", question.text))
    blocks = []
    for source in sources:
        passage = source.hit.passage
        heading = " > ".join((passage.title, *passage.heading))
        blocks.append(f"{heading}\n{passage.text.strip()}")
    text = "\n\n".join(blocks)
    asked = _LAYOUT.format(text=text, question=question.text)
    return (*system, *question.before, Turn("user", asked))
