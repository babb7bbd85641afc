"""Lists and counts of things that only a reader can tell: each stretch is read by the model.

What it names must stand in the stretch to the letter, or it is dropped and counted as such; code
removes doubles and counts. A tiny model copies text that has nothing to do with the question, so it
gets only stretches that are near it; where the things asked for are of a kind that code can find
(people, dates ...) code finds them, and the nearness of their sentences decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.messages import Progress, Token
from app.core.messages.everything import FileTally, ScannedFile
from app.core.types import Passage
from app.services.everything import mapping, values, wording
from app.services.everything.finds import Finds, Spot
from app.services.everything.job import GOING, Job
from app.services.everything.mapping import Mapper, Named
from app.services.everything.packing import Pack

ANSWER_TOKENS = 160
_TINY_TOKENS = 64
_PROMPT = (
    "Read this text:\n\n{text}\n\nBased on the text, list all {subject}. Write each one on a line "
    "of its own, in the words of the text. If the text names none, write: none"
)
# Of the layouts tried on the default model, longer ones were copied into the reply.
_TINY_PROMPT = (
    "Read this text:\n\n{text}\n\nBased on the text, list all {subject}. Write one on each line."
)
_NEAR_TINY = 0.2
"""Cosine of a passage to what is asked for, below which a tiny model is not asked."""
_NEAR_SENTENCE = 0.28
"""Cosine of a sentence to what is asked for, from which its values count."""
_SENTENCE = 300
_ROW = re.compile(r"[,;\t|].*[,;\t|]")


class Listing:
    """One run. After it, `finds`, `dropped` and `done` (passages) say what came of it; how: how
    items were found, for the note."""

    def __init__(self, job: Job, mapper: Mapper) -> None:
        self._job = job
        self._mapper = mapper
        self.finds = Finds()
        self.dropped = 0
        self.done = 0
        self.asked = 0
        self.by_model = not (job.tiny and job.wish.values)

    def run(self) -> Iterator[object]:
        """Progress, and a Token with each new item. Errors: of the library and the engine."""
        yield from (self._read() if self.by_model else self._pick())

    @property
    def how(self) -> str:
        """How the items were found."""
        if not self.by_model:
            return (
                "items were found as they are written, and picked where their sentence is near "
                "the question in meaning"
            )
        text = wording.NAMED
        if self._job.tiny:
            text += f" (it is small, and was asked about the {self.asked:,} nearest passages)"
        if self.dropped:
            text += f"; {self.dropped:,} that do not were dropped"
        return text

    # --- read by the model -----------------------------------------------------------------------

    def prompts(self, file: FileTally, near: dict[int, float]) -> Iterator[tuple[Pack, str]]:
        """The stretches of a document that the model is asked about, with their prompts."""
        job = self._job
        layout = _TINY_PROMPT if job.tiny else _PROMPT
        subject = job.wish.subject or job.wish.question
        for pack in job.packs(file, self.tokens):
            nearest = max((near.get(each.chunk_id, 1.0) for each in pack.passages), default=0.0)
            if nearest >= _NEAR_TINY or not job.tiny:
                yield pack, layout.format(text=pack.text, subject=subject)

    @property
    def tokens(self) -> int:
        """Longest reply."""
        return _TINY_TOKENS if self._job.tiny else ANSWER_TOKENS

    def near(self) -> dict[int, float]:
        """Cosine of each passage, where it decides what is asked."""
        job = self._job
        if not job.tiny:
            return {}
        subject = job.wish.subject or job.wish.question
        return job.library.nearness(subject, job.collections, job.only)

    def _read(self) -> Iterator[object]:
        job = self._job
        yield job.progress(0)
        near = self.near()
        before = 0
        for file in job.survey.files:
            for pack, prompt in self.prompts(file, near):
                reply = self._mapper.ask(file.path, prompt, self.tokens, pack)
                yield from self._mapper.loaded
                self._mapper.loaded.clear()
                if reply is None:
                    return
                self.asked += len(pack.passages)
                for text in self._take(reply, pack):
                    yield Token(f"- {wording.plain(text)}\n")
                self.done = min(before + file.passages, self.done + len(pack.passages))
                yield job.progress(self.done)
            if job.cancel.is_set():
                return
            before += file.passages
            self.done = before
            yield job.progress(self.done)

    def _take(self, reply: str, pack: Pack) -> Iterator[str]:
        seen: set[str] = set()
        items = list(mapping.items(reply))
        named_here = [mapping.locate(options, pack) for options in items]
        near = self._nearness_of([each for each in named_here if each is not None], pack)
        for options, named in zip(items, named_here, strict=True):
            if named is None or not self._fits(named.text) or not near.get(named, True):
                self.dropped += 1
                self._mapper.record.became(dropped=options[:1])
                continue
            self._mapper.record.became(kept=[named.text])
            key = mapping.same(named.text)
            if key and key not in seen:
                seen.add(key)
                spot = Spot(pack.file.path, named.start, named.end, named.chunk_id)
                if self.finds.add(key, named.text, spot):
                    yield named.text

    def _nearness_of(self, named: list[Named], pack: Pack) -> dict[Named, bool]:
        """Whether the sentence of each item is about what is asked for, where the model can't be
        relied on to tell."""
        if not self._job.tiny or not named:
            return {}
        passages = {each.chunk_id: each for each in pack.passages}
        sentences = [sentence_at(passages[each.chunk_id], each.start, each.end) for each in named]
        subject = self._job.wish.subject or self._job.wish.question
        (cosines,) = self._job.library.similarities([subject], sentences)
        return {each: cos >= _NEAR_SENTENCE for each, cos in zip(named, cosines, strict=True)}

    def _fits(self, text: str) -> bool:
        """Whether an item is of the kind that was asked for."""
        kind = self._job.wish.values
        if not kind:
            return True
        return any(
            values.key(kind, match.group())
            for pattern in values.PATTERNS[kind]
            for match in re.finditer(pattern, text)
        )

    # --- found by code ---------------------------------------------------------------------------

    def _pick(self) -> Iterator[object]:
        job, kind = self._job, self._job.wish.values
        patterns = values.PATTERNS[kind]
        for event in job.library.scan(patterns, job.collections, job.only, job.cancel):
            if isinstance(event, Progress):
                files = job.survey.files[: int(event.done)]
                self.done = sum(file.passages for file in files)
                yield Progress(GOING, self.done, job.passages, "passages")
            elif isinstance(event, ScannedFile):
                for text in self._picked(event, kind):
                    yield Token(f"- {wording.plain(text)}\n")
        if not job.cancel.is_set():
            self.done = job.passages

    def _picked(self, scanned: ScannedFile, kind: str) -> Iterator[str]:
        places = [place for place in scanned.places if values.key(kind, place.text)]
        passages = {each.chunk_id: each for each in self._job.read(scanned.file)}
        sentences = [
            sentence_at(passages[place.chunk_id], place.start, place.end)
            if place.chunk_id in passages
            else place.text
            for place in places
        ]
        unique = list(dict.fromkeys(sentences))
        (cosines,) = self._job.library.similarities([self._job.wish.subject], unique) or ((),)
        near = dict(zip(unique, cosines, strict=False))
        for place, sentence in zip(places, sentences, strict=True):
            if near.get(sentence, 0.0) >= _NEAR_SENTENCE:
                text = values.shown(kind, place.text)
                spot = Spot(scanned.file.path, place.start, place.end, place.chunk_id)
                if self.finds.add(values.key(kind, place.text), text, spot):
                    yield text


def sentence_at(passage: Passage, start: int, end: int) -> str:
    """The sentence of a passage around an offset of its document, on one line; of a table the
    row."""
    text, start, end = passage.text, start - passage.start, end - passage.start
    if not 0 <= start < len(text):
        return text[:_SENTENCE]
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    if _ROW.search(line) and not re.search(r"[.!?]\s", line):
        return " ".join(line.split())[:_SENTENCE]
    before = [match.end() for match in re.finditer(r"[.!?]\s+|\n\s*\n", text[:start])]
    after = re.search(r"[.!?](?:\s|$)|\n\s*\n", text[end:])
    begin = before[-1] if before else 0
    stop = end + after.start() + 1 if after else len(text)
    return " ".join(text[begin:stop].split())[:_SENTENCE]
