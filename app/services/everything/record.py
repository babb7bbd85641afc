"""The record of how an answer from everything came about, made while it is written.

It is bounded: 300 documents, 400 stretches with 600 characters of what the model said of each, and
60,000 characters of prompts, the first ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.messages import AnswerDone, WentThrough
from app.core.types import Autopsy, FileThrough, PromptPart, Reading, Stretch, Through
from app.services.everything.job import Job
from app.services.everything.packing import Pack
from app.services.question import Question

_FILES = 300
_STRETCHES = 400
_SAID = 600
_ITEMS, _ITEM = 40, 200
_PROMPTS = 60_000


class Record:
    """What a model was asked and what became of its replies, in order."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._prompts: list[PromptPart] = []
        self._room = _PROMPTS
        self._cut = 0
        self._more = 0

    def asked(self, path: str, pack: Pack | None, prompt: str, said: str, again: bool) -> None:
        """A reply came. pack: what it is about; None: notes of the model's own."""
        if len(self._stretches) >= _STRETCHES:
            self._more += 1
            return
        passages = pack.passages if pack else ()
        self._stretches.append(
            Stretch(
                path,
                passages[0].page if passages else None,
                passages[0].start if passages else 0,
                passages[-1].end if passages else 0,
                len(passages),
                said[:_SAID],
                again=again,
            )
        )
        if len(prompt) <= self._room:
            self._room -= len(prompt)
            self._prompts.append(PromptPart("user", prompt))
        else:
            self._room = 0
            self._cut += len(prompt)

    def became(self, kept: Sequence[str] = (), dropped: Sequence[str] = ()) -> None:
        """What became of the last reply."""
        if self._stretches and not self._more:
            last = self._stretches[-1]
            self._stretches[-1] = replace(
                last,
                kept=_bounded((*last.kept, *kept)),
                dropped=_bounded((*last.dropped, *dropped)),
            )

    def autopsy(
        self,
        question: Question,
        job: Job,
        went: WentThrough,
        done: AnswerDone,
        names: Mapping[int, str],
    ) -> Autopsy:
        """All of it."""
        found = Counter(path for item in went.items for path, _start, _end in item.places)
        if not went.items:
            found.update(source.hit.passage.path for source in done.sources)
        files = job.survey.files[: went.files] if went.files else job.survey.files
        through = Through(
            kind=went.kind,
            how=done.note,
            passages=went.passages,
            of_passages=went.of_passages,
            by_model=went.by_model,
            files=tuple(
                FileThrough(file.path, file.passages, found[file.path]) for file in files[:_FILES]
            ),
            more_files=max(0, len(files) - _FILES),
            stretches=tuple(self._stretches),
            more_stretches=self._more,
            dropped=went.dropped,
        )
        return Autopsy(
            question=question.text,
            query=question.text,
            collections=question.collections,
            names=tuple(names.get(each, "") for each in question.collections),
            only=question.only,
            relevance=question.relevance,
            share=question.share,
            only_documents=question.only_documents,
            reading=Reading.WHOLE if went.by_model else Reading.NOTHING,
            prompt=tuple(self._prompts),
            prompt_cut=self._cut,
            model=question.spec.path if went.by_model else "",
            context_length=question.spec.context_length,
            through=through,
        )


def _bounded(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text[:_ITEM] for text in texts[:_ITEMS])
