"""Answers that need no model: which documents hold some words, how often, all dates, addresses ...

Everything is compared to the letter, in the whole text of every document, so that counts are
exact; what they count is what is written, not what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.core.messages import AnswerDone, Progress, SourcesFound, WentThrough
from app.core.messages.everything import FoundItem, ScannedFile
from app.core.types import Status
from app.services.everything import sums, values, wording
from app.services.everything.finds import MOST_LISTED, Finds, Spot
from app.services.everything.job import Job
from app.services.everything.wishes import Kind, Wish


def answer(job: Job) -> Iterator[object]:
    """Progress, WentThrough, SourcesFound, AnswerDone. Errors: of the library."""
    wish, survey = job.wish, job.survey
    if wish.kind is Kind.FILES:
        yield from _files(job)
        return
    if wish.kind is Kind.SUM:
        yield from sums.answer(job)
        return
    finds = Finds()
    patterns = values.PATTERNS[wish.values] if wish.values else values.of_terms(wish.terms)
    files = 0
    for event in job.library.scan(patterns, job.collections, job.only, job.cancel):
        if isinstance(event, Progress):
            files = int(event.done)
            yield event
        elif isinstance(event, ScannedFile):
            take(finds, event, wish)
    stopped = job.cancel.is_set()
    through = survey.files[:files] if stopped else survey.files
    done = sum(file.passages for file in through)
    items = finds.items()
    yield WentThrough(wish.kind.value, done, job.passages, len(through), False, items)
    sources = finds.sources(job.library)
    yield SourcesFound(sources)
    text = wording.nothing(wish)
    if finds:
        head = wording.head(wish, len(finds), finds.total, len(survey.files))
        text = "\n".join([head, "", *finds.rows(sources, counted=not wish.values)])
    note = wording.note(wish, survey, wording.LITERAL)
    if stopped:
        note = wording.stopped(files, len(survey.files))
    status = Status.STOPPED if stopped else Status.COMPLETE
    yield AnswerDone(text, False, sources, status, None, note=note)


def take(finds: Finds, scanned: ScannedFile, wish: Wish) -> None:
    """Each value is one find, and of words each document."""
    path = scanned.file.path
    if not wish.values:
        first = scanned.places[0]
        spot = Spot(path, first.start, first.end, first.chunk_id)
        finds.add(path, Path(path).name, spot, scanned.total)
        return
    for place in scanned.places:
        key = values.key(wish.values, place.text)
        if key:
            spot = Spot(path, place.start, place.end, place.chunk_id)
            finds.add(key, values.shown(wish.values, place.text), spot)


def _files(job: Job) -> Iterator[object]:
    files = job.survey.files
    rows = [
        f"- {wording.plain(Path(file.path).name)} ({wording.passages(file.passages)})"
        for file in files[:MOST_LISTED]
    ]
    head = f"There {wording.are(len(files))} {wording.documents(len(files))}:"
    text = "\n".join([head, "", *rows, *wording.more(len(files) - len(rows))])
    found = tuple(FoundItem(Path(f.path).name, 1, ((f.path, 0, 0),)) for f in files)
    yield WentThrough(job.wish.kind.value, job.passages, job.passages, len(files), False, found)
    yield SourcesFound(())
    note = wording.note(job.wish, job.survey, wording.LITERAL)
    yield AnswerDone(text, False, (), Status.COMPLETE, None, note=note)
