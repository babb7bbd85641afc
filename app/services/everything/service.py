"""Answers drawn from all passages of the documents, where a question asks for that.

Stands before `Answering` and does as it does: questions for the best passages go on to it. Some
questions code answers alone and exactly (exact.py); for lists, counts, comparisons and summaries
the model reads stretch after stretch, and code checks, removes doubles and counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.core.errors import LoamError
from app.core.messages import (
    AnswerDone,
    DrawnFrom,
    Explained,
    Inspect,
    Offered,
    SourcesFound,
    WentThrough,
)
from app.core.messages.everything import FoundItem, Surveyed
from app.core.process import Cancel, WorkerProcess
from app.core.servernames import leaves
from app.core.types import ModelSpec, Over, SearchFilter, Source, Status
from app.services.answering import Answering
from app.services.everything import columns, exact, structure, wording
from app.services.everything.cache import Replies, key_of
from app.services.everything.comparing import Comparing
from app.services.everything.finds import Finds
from app.services.everything.job import Job
from app.services.everything.listing import Listing
from app.services.everything.mapping import Mapper
from app.services.everything.recognise import kind_of_attribute, recognise
from app.services.everything.record import Record
from app.services.everything.telling import Telling
from app.services.everything.wishes import Kind, Wish
from app.services.library import LibraryService
from app.services.question import Question

_TINY = 700_000_000
"""Parameters below which a model loses its way in more than a passage or two."""
_LONG_S = 20.0
"""Seconds from which on the person is asked first."""
_GUESS_S = 0.0009
"""Seconds a character takes a model of 135 million parameters, while nothing is measured."""
_GUESS_PARAMETERS = 135e6


class Everything:
    """replies: where what a model said is kept, None for nowhere. own: it holds only replies
    about this library's documents, and those on others go."""

    def __init__(
        self,
        engine: WorkerProcess,
        library: LibraryService,
        answering: Answering,
        replies: Path | None,
        own: bool = True,
    ) -> None:
        self._engine = engine
        self._library = library
        self._answering = answering
        self._replies = Replies(replies)
        self._own = own
        self._sizes: dict[str, int] = {}

    def close(self) -> None:
        """Close the file of replies."""
        self._replies.close()

    def wish(self, question: Question) -> Wish | None:
        """What a question asks of all documents; None when the best passages answer it."""
        plain = question.given is None and not question.prefill and not question.form
        if not question.collections or not plain or question.over is Over.BEST:
            return None
        found = recognise(question.text)
        if found and question.over is Over.EVERYTHING:
            found = replace(found, unsure=False)
        if found is None and question.over is Over.EVERYTHING:
            return Wish(Kind.ANYTHING, question.text)
        if found and not found.exact and question.over is Over.AUTO and leaves(question.spec.path):
            return None  # all passages go to another machine only when the person says so
        return found

    def offer(self, question: Question, cancel: Cancel) -> Offered | None:
        """What going through everything would take, when that is long. Errors: of the library."""
        wish = self.wish(question)
        if wish is None or wish.exact or wish.unsure:
            return None
        job = self._job(question, wish, cancel)
        if not _read_by_model(job):
            return None
        seconds = self._seconds(job)
        if seconds < _LONG_S:
            return None
        why = wording.why(wish) if question.over is Over.AUTO else ""
        return Offered(job.passages, len(job.survey.files), seconds, why)

    def answer(self, question: Question, cancel: Cancel) -> Iterator[object]:
        """As Answering.answer; of everything also WentThrough, and a Token for each thing as it is
        found, which AnswerDone then replaces."""
        wish = self.wish(question)
        job = self._job(question, wish, cancel) if wish else None
        own = _own_lists(job) if job and job.wish.unsure else None
        if job is None or (own is not None and not any(own)):
            for event in self._answering.answer(question, cancel):
                if isinstance(event, AnswerDone) and question.collections:
                    event = replace(event, over=Over.BEST.value)
                yield event
            return
        yield DrawnFrom(Over.EVERYTHING.value)
        record, went = Record(), None
        for event in self._through(job, record, own):
            if isinstance(event, WentThrough):
                went = event
            if isinstance(event, AnswerDone):
                if went is not None:
                    names = {each.id: each.name for each in self._library.collections()}
                    yield Explained(record.autopsy(question, job, went, event, names))
                event = replace(event, over=Over.EVERYTHING.value)
            yield event

    def _through(self, job: Job, record: Record, own: _Own | None) -> Iterator[object]:
        if not job.survey.files:
            text = "No document is read yet." if job.survey.unread else "There are no documents."
            yield SourcesFound(())
            yield AnswerDone(
                text, False, (), Status.COMPLETE, None, note=wording.unread(job.survey)
            )
            return
        if job.wish.exact:
            yield from exact.answer(job)
            return
        self._replies.tidy(self._there() if self._own else None)
        mapper = Mapper(self._engine, self._replies, job.spec, job.cancel, record)
        try:
            for event in self._mapped(job, mapper, own):
                if isinstance(event, WentThrough) and event.of_passages:
                    share = event.passages / event.of_passages
                    self._replies.went(_run_key(job), share)
                yield event
        finally:
            mapper.close()

    def _there(self) -> list[str]:
        """Paths of all documents of the library, read or not."""
        library = self._library
        return [file.path for one in library.collections() for file in library.files(one.id)]

    def _mapped(self, job: Job, mapper: Mapper, own: _Own | None) -> Iterator[object]:
        kind = job.wish.kind
        if kind in (Kind.LIST, Kind.COUNT):
            yield from _list(job, mapper, own)
        elif kind is Kind.COMPARE:
            yield from _compare(job, mapper)
        else:
            yield from _tell(job, mapper)

    def _job(self, question: Question, wish: Wish, cancel: Cancel) -> Job:
        only = question.only
        survey = self._library.survey(question.collections, only)
        if wish.names:
            survey, only = _named(survey, only, wish)
        size = 0 if wish.exact else self._size(question.spec)
        return Job(
            self._library,
            wish,
            survey,
            question.collections,
            only,
            question.spec,
            0 < size < _TINY,
            question.relevance,
            cancel,
        )

    def _seconds(self, job: Job) -> float:
        """About how long the model will need, less what was done of this very run before."""
        left = 1.0 - self._replies.share(_run_key(job))
        pace = self._replies.seconds_per_character(job.spec.path)
        if not pace:
            pace = _GUESS_S * (self._size(job.spec) or _GUESS_PARAMETERS) / _GUESS_PARAMETERS
        return left * pace * sum(file.characters for file in job.survey.files)

    def _size(self, spec: ModelSpec) -> int:
        if spec.path not in self._sizes:
            try:
                inspected = self._engine.ask(Inspect(spec.path))
            except LoamError:
                return 0
            self._sizes[spec.path] = inspected.info.parameters
        return self._sizes[spec.path]


def _named(survey: Surveyed, only: SearchFilter, wish: Wish) -> tuple[Surveyed, SearchFilter]:
    """Only the documents that the question names, when there are such."""
    wanted = {name.casefold() for name in wish.names}
    found = tuple(f for f in survey.files if Path(f.path).name.casefold() in wanted)
    if not found:
        return survey, only
    return replace(survey, files=found), replace(only, files=tuple(f.file_id for f in found))


_Own = tuple[list[columns.Column], list[structure.Listed]]


def _own_lists(job: Job) -> _Own:
    """Where documents themselves list the things asked for, so that code reads them exactly. A
    larger model may find more than that, and reads all unless a single passage might do."""
    tables = columns.named(job)
    looked = not tables and (job.tiny or job.wish.unsure)
    return tables, structure.named(job) if looked else []


def _read_by_model(job: Job) -> bool:
    """Whether a model reads anything at all for this."""
    kind = job.wish.kind
    if kind in (Kind.LIST, Kind.COUNT):
        return not (job.tiny and job.wish.values) and not any(_own_lists(job))
    return kind is not Kind.COMPARE or bool(
        [each for each in job.wish.attributes if not kind_of_attribute(each)]
    )


def _run_key(job: Job) -> bytes:
    """The same question over the same documents as they are, put to the same model."""
    files = [f"{file.file_id}:{file.passages}:{file.characters}" for file in job.survey.files]
    asked = f"{job.wish.kind}\0{job.wish.subject or job.wish.question}\0{job.wish.attributes}"
    return key_of(job.spec, "\0".join([asked, *files]))


def _list(job: Job, mapper: Mapper, own: _Own | None) -> Iterator[object]:
    tables, lists = own or _own_lists(job)
    if tables:
        finds = columns.read(job, tables)
        yield from _listed(job, finds, job.passages, False, 0, columns.how(job, tables))
        return
    if lists:
        finds = structure.read(job, lists)
        yield from _listed(job, finds, job.passages, False, 0, structure.how(job, lists))
        return
    listing = Listing(job, mapper)
    yield from listing.run()
    yield from _listed(
        job, listing.finds, listing.done, listing.by_model, listing.dropped, listing.how
    )


def _listed(
    job: Job, finds: Finds, done: int, by_model: bool, dropped: int, how: str
) -> Iterator[object]:
    yield _went(job, done, by_model, finds.items(), dropped)
    # A number that is written somewhere may be another than that of what is listed.
    said = structure.stated(job) if job.wish.counting and not by_model else Finds()
    sources = finds.sources(job.library, said)
    head = wording.found(len(finds), job.wish.listed)
    rows = [head, "", *finds.rows(sources, counted=False)]
    if said:
        rows += ["", wording.also(len(said)), "", *said.rows(sources, counted=False)]
    text = "\n".join(rows).strip()
    yield from _done(job, text, sources, done, how)


def _compare(job: Job, mapper: Mapper) -> Iterator[object]:
    comparing = Comparing(job, mapper)
    yield from comparing.run()
    comparing.finish()
    yield _went(job, comparing.done, comparing.asked, comparing.items, comparing.dropped)
    yield from _done(job, comparing.text(), comparing.sources, comparing.done, comparing.how)


def _tell(job: Job, mapper: Mapper) -> Iterator[object]:
    telling = Telling(job, mapper)
    yield from telling.run()
    yield _went(job, telling.done, True, (), telling.dropped)
    yield from _done(job, telling.text(), telling.sources, telling.done, telling.how)


def _went(
    job: Job, done: int, by_model: bool, items: tuple[FoundItem, ...], dropped: int
) -> WentThrough:
    files = len(job.survey.files)
    return WentThrough(job.wish.kind.value, done, job.passages, files, by_model, items, dropped)


def _done(
    job: Job, text: str, sources: tuple[Source, ...], done: int, how: str
) -> Iterator[object]:
    """The answer; of work that was stopped, how far it came."""
    yield SourcesFound(sources)
    note, status = wording.note(job.wish, job.survey, how), Status.COMPLETE
    if job.cancel.is_set():
        note, status = wording.stopped(done, job.passages, "passages"), Status.STOPPED
    yield AnswerDone(text, False, sources, status, None, note=note)
