"""Lists and counts that the order of a document answers: sections, bullets, enumerations.

'List all workshops' is the sections below the heading 'Workshops in 2025', the points of a list
that stands there, or what 'The workshops are bicycle repair, ...' names. Code reads them to the
letter. Limits: the heading or the sentence begins with what is asked for, in the same number;
documents that only speak of such things add nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.messages.everything import FileTally, ScannedFile
from app.core.sentences import sentences_within
from app.core.types import DocumentView
from app.services.everything import values, wording
from app.services.everything.finds import Finds, Spot
from app.services.everything.job import Job
from app.services.everything.listing import sentence_at
from app.services.everything.mapping import same
from app.services.everything.recognise import is_about_the_text, kind_of_attribute

_MOST_FILES = 60
_MOST_STATED = 3
_MOST_WORDS = 3
_LONGEST_ITEM = 90
_LONGEST_SECTION = 20_000
# What may stand before the things in a heading, and behind them.
_BEFORE = (
    r"(?:[\divxIVX.]{1,8}[.)]?\s+)?(?:(?:\w+(?:, \w+)*,? )(?:and|und|et|y) )?"
    r"(?:(?:the|our|all|list of|overview of|upcoming|current|available|die|unsere|alle|les|nos"
    r"|tous les|los|las|nuestros)\s+)*"
)
_BEHIND = (
    r"(?=$|\s*[:(,–—-]|\s+(?:and|or|in|of|for|from|at|on|offered|und|oder|im|für|et|en|pour|y|de"
    r"|para|\d))"
)
_VERB = (
    r"(?:(?:we|you|they) (?:have|offer|lend|sell)|are|include|comprise|consist of|sind|umfassen"
    r"|sont|comprennent|son|incluyen)"
)
_BULLET = re.compile(r"^[ \t]*(?:[-*+•–·]|\(?\d{1,3}[.)]|[a-z]\))[ \t]+(\S.*)$", re.MULTILINE)
_LEAD = re.compile(r"^.*?(?=: | - | – | — | \(|[.;](?:\s|$)|$)")
_AND = r"(?:and|or|und|oder|et|ou|y|o)\s+"
_PARTS = re.compile(rf",\s+(?:{_AND})?|\s+{_AND}")
_ARTICLE = re.compile(
    r"^(?:the|an?|our|der|die|das|eine?|le|la|les|une?|des|el|los|las|una?)\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Item:
    """text[start:end] of a document's text, and its section, which ends at `until`."""

    text: str
    start: int
    end: int
    until: int


@dataclass(frozen=True, slots=True)
class Listed:
    """What one document lists, and where: 'the sections under “Workshops” of handbook.pdf'."""

    file: FileTally
    text: str
    items: tuple[Item, ...]
    where: str


def named(job: Job) -> list[Listed]:
    """What the documents list of the things asked for. Errors: of the library."""
    things = job.wish.listed
    words = things.split()
    if not words or len(words) > _MOST_WORDS:
        return []
    said = {each.file_id: each for each in job.survey.files}
    files: list[FileTally] = []
    for event in job.library.scan(
        values.of_terms((things,)), job.collections, job.only, job.cancel
    ):
        if isinstance(event, ScannedFile) and event.file.file_id in said:
            files.append(said[event.file.file_id])
    found = []
    for file in files[:_MOST_FILES]:
        view = job.library.open(file.file_id)
        listed = _sections(view, things) or _sentences(view.text, things)
        if listed:
            items, where = listed
            name = wording.plain(Path(file.path).name)
            found.append(Listed(file, view.text, items, where.format(name=name)))
    return found


def read(job: Job, lists: list[Listed]) -> Finds:
    """The things, each once, with what was asked of each. Errors: of the library."""
    finds, known = Finds(), set[str]()
    for listed in lists:
        chunks = job.chunks(listed.file)
        for item in listed.items:
            key = same(item.text)
            chunk = chunks.below(item.start)
            if not key or key in known or not chunk:
                continue
            known.add(key)
            text = wording.thing(item.text, list(_said_of(job, listed.text, item)))
            spot = Spot(listed.file.path, item.start, item.end, chunk)
            finds.add(key, text, spot)
    return finds


def stated(job: Job) -> Finds:
    """Sentences that give a number of the things ('owns 1,260 tools'), which may be another than
    the number of those listed. Errors: of the library."""
    pattern = rf"(?i)(?<![\w.,])\d[\d.,’']* (?:\w+\s+)?{_spaced(job.wish.listed)}(?!\w)"
    finds = Finds()
    for event in job.library.scan((pattern,), job.collections, job.only, job.cancel):
        if not isinstance(event, ScannedFile) or len(finds) >= _MOST_STATED:
            continue
        passages = {each.chunk_id: each for each in job.library.read_through(event.file.file_id)}
        for place in event.places[:_MOST_STATED]:
            if passage := passages.get(place.chunk_id):
                text = sentence_at(passage, place.start, place.end)
                spot = Spot(event.file.path, place.start, place.end, place.chunk_id)
                finds.add(same(text), f"“{text}”", spot)
    return finds


def how(job: Job, lists: list[Listed]) -> str:
    """Where the things stand, for the note."""
    places = "; ".join(each.where for each in lists[:3])
    more = f" and {len(lists) - 3:,} more" if len(lists) > 3 else ""
    text = f"these are {places}{more}, as they are written"
    if len(lists) < len(job.survey.files):
        text += "; documents without such a list were not read for this"
    return text


def _said_of(job: Job, text: str, item: Item) -> Iterator[tuple[str, str]]:
    """What was asked of each thing ('price'), and what its own section says; '' for nothing."""
    for attribute in job.wish.attributes:
        kind = kind_of_attribute(attribute)
        section = text[item.start : min(item.until, item.start + _LONGEST_SECTION)]
        options = [
            (part.text, match.group())
            for part in sentences_within(section)
            for pattern in values.PATTERNS.get(kind, ())
            for match in re.finditer(pattern, part.text)
            if values.key(kind, match.group())
        ]
        if not options:
            yield attribute, ""
            continue
        near = job.library.similarities([attribute], [sentence for sentence, _ in options])[0]
        best = max(range(len(options)), key=lambda n: (near[n], -n))
        yield attribute, values.shown(kind, options[best][1])


def _sections(view: DocumentView, things: str) -> tuple[tuple[Item, ...], str] | None:
    """The sections below the first heading that is about the things, or the points of its list."""
    text = view.text
    pattern = re.compile(_BEFORE + _spaced(things) + _BEHIND, re.IGNORECASE)
    heads = [(each.start, each.level, _line(text, each.start)) for each in view.headings]
    for number, (start, level, words) in enumerate(heads):
        if not pattern.match(words):
            continue
        after = heads[number + 1 :]
        size = next((n for n, each in enumerate(after) if each[1] <= level), len(after))
        below = after[:size]
        until = after[size][0] if size < len(after) else len(text)
        where = f"“{wording.plain(words)}”".replace("{", "{{").replace("}", "}}")
        if below:
            top = min(deep for _, deep, _ in below)
            direct = [each for each in below if each[1] == top]
            ends = [at for at, _, _ in direct[1:]] + [until]
            items = [
                Item(said, place, place + len(said), end)
                for (at, _, said), end in zip(direct, ends, strict=True)
                if said and not is_about_the_text(said)
                for place in [max(at, text.find(said, at))]
            ]
            if len(items) > 1:
                return tuple(items), f"the sections under {where} of {{name}}"
        else:
            points = _points(text, start, until)
            if len(points) > 1:
                return tuple(points), f"the points under {where} of {{name}}"
    return None


def _points(text: str, start: int, until: int) -> list[Item]:
    items = []
    for match in _BULLET.finditer(text, start, until):
        lead = _LEAD.match(match[1].strip())
        said = (lead[0] if lead else "").strip("*_ ")
        if said and len(said) <= _LONGEST_ITEM:
            at = text.find(said, match.start(1))
            items.append(Item(said, at, at + len(said), match.end()))
    return items


def _sentences(text: str, things: str) -> tuple[tuple[Item, ...], str] | None:
    """What the first sentence names that says what the things are."""
    pattern = re.compile(
        rf"(?:(?:the|our|die|unsere|les|nos|los|las) )?{_spaced(things)},? {_VERB}:? (?P<list>.+)",
        re.IGNORECASE,
    )
    for sentence in sentences_within(text):
        match = pattern.fullmatch(sentence.text.rstrip(".!"))
        if not match:
            continue
        items, at = [], sentence.start + match.start("list")
        for part in _PARTS.split(match["list"]):
            said = _ARTICLE.sub("", part.strip())
            place = _found(text, said, at)
            if not said or place < 0 or len(said.split()) > 6:
                break
            at = place + len(said)
            items.append(Item(said, place, at, at))
        else:
            if len(items) > 2:
                return tuple(items), "what a sentence of {name} names"
    return None


def _found(text: str, said: str, start: int) -> int:
    match = re.compile(_spaced(said)).search(text, start)
    return match.start() if match else -1


def _spaced(words: str) -> str:
    """A pattern for words, whatever stands between them."""
    return r"\s+".join(re.escape(word) for word in words.split())


def _line(text: str, start: int) -> str:
    """The words of a heading, without its signs."""
    return " ".join(text[start : start + 400].lstrip().split("\n", 1)[0].strip("#=* \t").split())
