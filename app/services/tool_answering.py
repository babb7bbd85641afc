"""Answers for which the model searches the documents itself, as often as it needs to.

For models whose chat templates know tools; the only tool is Loam's own search, nothing leaves the
machine. The loop is bounded, each search is told, and the answer is checked and cited like any
other. Where only documents may answer, an answer without a search does not count: the caller then
searches as for other models.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from app.core.messages import (
    AnswerDone,
    Explained,
    Found,
    Generate,
    Generated,
    Progress,
    SourcesFound,
    Token,
    Turn,
)
from app.core.process import Cancel, WorkerProcess
from app.core.tool_calls import may_be_call, parse, without_calls
from app.core.types import (
    Autopsy,
    Hit,
    Reading,
    SearchMade,
    SentenceCheck,
    Source,
    Status,
    ToolCall,
    ToolSpec,
    ToolStep,
)
from app.services import checking, examining
from app.services.answering import DECLINED, without
from app.services.citations import heading_of
from app.services.library import LibraryService
from app.services.question import Question, turns

SEARCH = ToolSpec(
    "search_documents",
    "Searches the user's documents and gives the passages that are nearest to the query.",
    json.dumps(
        {
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "What to look for, in a few words."}
            },
            "required": ["query"],
        }
    ),
)
_ROUNDS = 3
"""How often a model may call tools before it has to answer."""
_TOP = 4
_LONGEST_QUERY = 300  # characters
_LONGEST_PASSAGE = 1500
_NOTHING = "Nothing in the documents is near enough to this."

Cite = Callable[[Question, str, tuple[Source, ...], Cancel], tuple[str, int]]


@dataclass(slots=True)
class _Asked:
    """What came together for one answer."""

    turns: tuple[Turn, ...]
    sources: list[Source] = field(default_factory=list)
    steps: list[ToolStep] = field(default_factory=list)
    found: Autopsy | None = None
    searches: list[SearchMade] = field(default_factory=list)


class ToolAnswering:
    """cite: sets the citations of an answer."""

    def __init__(self, engine: WorkerProcess, library: LibraryService, cite: Cite) -> None:
        self._engine = engine
        self._library = library
        self._cite = cite

    def answer(self, question: Question, cancel: Cancel) -> Generator[object, None, bool]:
        """As Answering.answer. Returns False, with nothing told, when the model searched nothing
        though only documents may answer. Errors: of the engine and the library."""
        asked = _Asked(turns(question, ()))
        text, outcome = "", None
        for number in range(_ROUNDS + 1):
            offered = (SEARCH,) if number < _ROUNDS else ()
            hold = question.only_documents and not asked.steps
            text, outcome = yield from self._round(question, asked.turns, offered, hold, cancel)
            said, calls = parse(text, [tool.name for tool in offered])
            if not calls or cancel.is_set():
                break
            results = []
            for call in calls:
                results.append((yield from self._search(question, call, asked, cancel)))
            told = (Turn("tool", result) for result in results)
            asked.turns = (*asked.turns, Turn("assistant", said, calls), *told)
            yield SourcesFound(tuple(asked.sources))
        if question.only_documents and not asked.steps and not cancel.is_set():
            return False
        yield from self._finished(question, asked, without_calls(text), outcome, cancel)
        return True

    def _round(
        self,
        question: Question,
        conversation: tuple[Turn, ...],
        offered: tuple[ToolSpec, ...],
        hold: bool,
        cancel: Cancel,
    ) -> Generator[object, None, tuple[str, Generated | None]]:
        """What the model says now, shown as far as it is no call (hold: not at all yet)."""
        said, shown, outcome = "", 0, None
        request = Generate(
            spec=question.spec,
            sampling=question.sampling,
            turns=conversation,
            when_full=question.when_full,
            tools=offered,
        )
        for event in self._engine.stream(request, cancel):
            if isinstance(event, Token):
                said += event.text
                if not hold and not may_be_call(said):
                    yield Token(said[shown:])
                    shown = len(said)
            elif isinstance(event, Generated):
                outcome = event
            else:
                yield event
        if shown < len(said) and not hold and not parse(said, [tool.name for tool in offered])[1]:
            yield Token(said[shown:])
        return said, outcome

    def _search(
        self, question: Question, call: ToolCall, asked: _Asked, cancel: Cancel
    ) -> Generator[object, None, str]:
        """Carry out one call; gives what the model is told."""
        query = json.loads(call.arguments).get("query")
        query = " ".join(query.split())[:_LONGEST_QUERY] if isinstance(query, str) else ""
        if not query:
            asked.steps.append(ToolStep(call.name, "", problem="there was nothing to look for"))
            return "Give a query."
        yield Progress(f"Searching your documents for “{query}”", 0, 0)
        found = self._library.search(
            query, question.collections, examining.KEPT, cancel, question.only, question.share, True
        )
        names = {each.id: each.name for each in self._library.collections()}
        asked.found = examining.searched(question, query, found, names)
        sources = _numbered(found, question.relevance, asked.sources)
        asked.searches.append(examining.made(query, found, sources, "" if sources else _NOTHING))
        titles = tuple(dict.fromkeys(source.hit.passage.title for source in sources))
        asked.steps.append(ToolStep(call.name, query, titles, "" if sources else _NOTHING))
        if not sources:
            return _NOTHING
        longest = min(_LONGEST_PASSAGE, (question.spec.context_length or 4096) // 4)
        told = [
            {
                "source": source.number,
                "from": heading_of(source.hit.passage),
                "text": source.hit.passage.text[:longest],
            }
            for source in sources
        ]
        return json.dumps(told, ensure_ascii=False)

    def _finished(
        self,
        question: Question,
        asked: _Asked,
        text: str,
        outcome: Generated | None,
        cancel: Cancel,
    ) -> Iterator[object]:
        sources, steps = tuple(asked.sources), tuple(asked.steps)
        status = outcome.status if outcome else Status.STOPPED
        stats = outcome.stats if outcome else None
        if asked.found is not None:
            passages = tuple(source.hit.passage for source in sources)
            told = examining.prompted(asked.found, asked.turns, passages, Reading.PASSAGES, {})
            yield Explained(examining.with_searches(told, asked.searches))
        if steps and not sources and question.only_documents and not cancel.is_set():
            yield AnswerDone(DECLINED, True, (), Status.COMPLETE, stats, steps=steps)
            return
        notes = without(outcome.dropped_turns if outcome else 0, question.summed_up)
        checks: tuple[SentenceCheck, ...] = ()
        if sources and text and not cancel.is_set():
            yield Progress("Checking the answer against the passages", 0, 0)
            text, dropped = self._cite(question, text, sources, cancel)
            checks = checking.check(text, sources)
            if dropped:
                notes.append("sentences that the documents do not support were left out")
        note = "; ".join(notes)
        yield AnswerDone(text, False, sources, status, stats, note=note, checks=checks, steps=steps)


def _numbered(found: Found, relevance: float, known: list[Source]) -> list[Source]:
    """The passages that count, with the numbers that they have or get; new ones join `known`."""
    if found.relevance < relevance:
        return []

    def of(hit: Hit) -> Source:
        for source in known:
            if source.hit.passage.chunk_id == hit.passage.chunk_id:
                return source
        known.append(Source(len(known) + 1, hit))
        return known[-1]

    return [of(hit) for hit in found.hits[:_TOP]]
