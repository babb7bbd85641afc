"""Verdicts on answers in plain words: English templates with {named} places, so that ui/ can
translate them before filling them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.types import Autopsy, Cut, FileState, Finding, TextPlace, Verdict

_NAMED = 5

TITLES = {
    Finding.ABSENT: "In no document",
    Finding.UNREAD: "Its file was not read",
    Finding.ELSEWHERE: "In a document that was not asked",
    Finding.MISSED: "In the documents, but not found",
    Finding.CHANGED: "It would be found now",
    Finding.CUT: "Found, but not read",
    Finding.IGNORED: "Read, but not taken",
    Finding.ANSWERED: "The answer has it",
}
_MAYBE_UNREAD = "In no document that was read"
CUTS = {
    Cut.READ: "Read",
    Cut.BELOW: "Nothing was near enough",
    Cut.COUNT: "Only the first ones are read",
    Cut.SMALL: "A model this small reads one",
    Cut.ROOM: "It did not fit",
}
_WHY_CUT = {
    Cut.BELOW: (
        "{file} was found at place {then}, but nothing was near enough to the question: the "
        "nearest passage has a relevance of {best}, and {needed} is needed.",
        "Choose 'Answer anyway', or lower 'Relevance needed' in Settings.",
    ),
    Cut.SMALL: (
        "{file} was found at place {then}, but a model this small reads only one passage, the one "
        "with the sentence nearest to the question.",
        "A larger model reads more of them; 'Passages per answer' in Settings sets how many.",
    ),
}
_WHY_NOT_READ = (
    "{file} was found at place {then}, but only the first passages go to the model.",
    "Raise 'Passages per answer' in Settings, or ask with words that stand in the passage.",
)


@dataclass(frozen=True, slots=True)
class Words:
    """What happened and what to do, as templates, and what fills them."""

    title: str
    text: str
    do: str
    params: dict[str, str]

    def said(self, translate: Callable[[str], str] = str) -> tuple[str, str, str]:
        """Title, text and advice, translated and filled in."""
        title, text, do = (translate(each) for each in (self.title, self.text, self.do))
        for name, value in self.params.items():
            text, do = text.replace("{" + name + "}", value), do.replace("{" + name + "}", value)
        return title, text, do


def words(verdict: Verdict, autopsy: Autopsy) -> Words:
    """A verdict as a person may read it."""
    place = verdict.place
    params = {
        "file": _named(place) if place else "",
        "detail": place.file.detail or place.file.state.value if place else "",
        "then": str(verdict.then),
        "rank": f"{verdict.rank:,}",
        "looked": f"{verdict.looked:,}",
        "best": f"{autopsy.best_relevance:.2f}",
        "needed": f"{autopsy.relevance:.2f}",
        "by_words": _place_of(verdict.keyword_rank),
        "by_meaning": _place_of(verdict.meaning_rank),
        "count": str(len(verdict.unread)),
        "names": ", ".join(file.name for file in verdict.unread[:_NAMED]),
    }
    text, do = _texts(verdict)
    maybe = verdict.finding is Finding.UNREAD and place is None
    return Words(_MAYBE_UNREAD if maybe else TITLES[verdict.finding], text, do, params)


def _texts(verdict: Verdict) -> tuple[str, str]:
    match verdict.finding:
        case Finding.ABSENT:
            return (
                "No document of the library has this text.",
                "Add the document that has it, or write the words as they stand there.",
            )
        case Finding.UNREAD:
            return _unread(verdict)
        case Finding.ELSEWHERE:
            return (
                "{file} has it, but this answer was not looked for there.",
                "Attach its collection to the chat, or take the filter away.",
            )
        case Finding.MISSED if verdict.rank:
            return (
                "{file} has it, but the search put it at place {rank} of {looked} passages "
                "(by words {by_words}, by meaning {by_meaning}); only the first are looked at.",
                "Keep it as a test case and see which settings find it, or ask with its words.",
            )
        case Finding.MISSED:
            return (
                "{file} has it, but it is not among the {looked} passages that come nearest.",
                "Keep it as a test case and see which settings find it, or ask with its words.",
            )
        case Finding.CHANGED:
            return (
                "{file} comes at place {rank} now. Documents or settings changed since the answer.",
                "Ask again.",
            )
        case Finding.CUT:
            return _WHY_CUT.get(verdict.cut, _WHY_NOT_READ)
        case Finding.IGNORED:
            return (
                "{file} was in the prompt, and the model did not use it.",
                "A larger model reads better; a question for one thing at a time is easier.",
            )
        case Finding.ANSWERED:
            return (
                "The answer has these words, or cites this passage.",
                "If it is wrong all the same, the model misread what it was given.",
            )


def _unread(verdict: Verdict) -> tuple[str, str]:
    if verdict.place is None:
        return (
            "No document that was read has this text. {count} could not be read: {names}.",
            "It may stand in one of them; the Documents page says what each of them needs.",
        )
    if verdict.place.file.state is FileState.EXCLUDED:
        return (
            "{file} has it, but is left out of searches.",
            "Take it in again on the Documents page.",
        )
    return "{file} could not be read: {detail}", "The Documents page says what can be done."


def _named(place: TextPlace) -> str:
    name = Path(place.file.path).name
    return f"{name}, page {place.page}" if place.page else name


def _place_of(rank: int) -> str:
    return str(rank) if rank else "-"
