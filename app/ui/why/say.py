"""Records and verdicts in the language of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.types import (
    Autopsy,
    Cut,
    Finding,
    Passage,
    Reading,
    SearchMade,
    SettingScore,
    Stretch,
    TestCase,
    Through,
    Verdict,
)
from app.services import verdict_words
from app.ui import words

_CUT_TEXT = 160


def _tr(text: str) -> str:
    return QCoreApplication.translate("why", text)


def number(value: float, digits: int = 2) -> str:
    """As the person's country writes it."""
    return QLocale().toString(value, "f", digits)


def rank(value: int) -> str:
    """A place in a list; a dash where there is none."""
    return words.number(value) if value else "–"


def place(path: str, page: int | None) -> str:
    """'handbook.pdf, page 3'."""
    name = Path(path).name
    return name if page is None else f"{name}, {_tr('page {n}').replace('{n}', str(page))}"


def snippet(passage: Passage) -> str:
    """How a passage begins, in one line."""
    text = " ".join(passage.text.split())
    return text if len(text) <= _CUT_TEXT else f"{text[:_CUT_TEXT]} …"


def cut(reason: Cut) -> str:
    """Why a passage was read or not."""
    return _tr(verdict_words.CUTS[reason])


def went(through: Through) -> str:
    """How everything was gone through."""
    text = _tr("{done} of {all} were gone through. {how}.")
    done = words.number(through.passages)
    how = f"{through.how[:1].upper()}{through.how[1:]}" if through.how else _tr("To the letter")
    text = text.replace("{done}", done).replace("{all}", words.passages(through.of_passages))
    text = text.replace("{how}", how.rstrip("."))
    if not through.stretches:
        return f"{text} {_tr('No model read them: code compared what is written.')}"
    return text


def stretch(each: Stretch) -> tuple[str, str, str]:
    """Where it stands, what the model said of it, what was taken on."""
    where = place(each.path, each.page) if each.end else _tr("Its own notes, summed up")
    said = " ".join(each.said.split()) or _tr("nothing")
    kept = "; ".join(each.kept)
    if not kept:
        kept = _tr("nothing of it stands in the text") if each.dropped else "–"
    return where, said, kept


def dropped(each: Stretch) -> str:
    """What of a reply was left out."""
    text = _tr("Left out, since the text does not have it: {what}.")
    return text.replace("{what}", "; ".join(each.dropped))


def search_title(number_: int, search: SearchMade) -> str:
    """'Search 1: “opening hours”'."""
    text = _tr("Search {n}: “{query}”").replace("{n}", str(number_))
    return text.replace("{query}", search.query)


def search_about(search: SearchMade, autopsy: Autopsy) -> str:
    """What the model got of a search it made."""
    given = sum(each.cut is Cut.READ for each in search.found)
    if not search.found:
        return _tr("The search found no passage at all.")
    text = _tr("The nearest passage has a relevance of {best}; {needed} is needed.")
    text = text.replace("{best}", number(search.best_relevance))
    text = text.replace("{needed}", number(autopsy.relevance))
    if not given:
        return f"{text} {_tr('So the model was given nothing.')}"
    return f"{text} {_tr('The model was given {n}.').replace('{n}', words.passages(given))}"


def decision(autopsy: Autopsy) -> str:
    """Whether the model was asked, and why."""
    if autopsy.through is not None:
        return _tr("The question asks about all documents, so all passages were gone through.")
    if autopsy.searches:
        return _tr("The model searched by itself, as often as it wanted to.")
    if autopsy.forced:
        return _tr("You wanted an answer from the nearest passages, whatever their relevance.")
    if not autopsy.found:
        text = _tr("The search found no passage at all.")
    else:
        text = _tr("The nearest passage has a relevance of {best}; {needed} is needed.")
        text = text.replace("{best}", number(autopsy.best_relevance))
        text = text.replace("{needed}", number(autopsy.relevance))
        if autopsy.not_reranked:
            missed = _tr("The reranking model did not order the passages: {reason}.")
            text += " " + missed.replace("{reason}", autopsy.not_reranked.rstrip("."))
    if autopsy.declined:
        return f"{text} {_tr('So the model was not asked.')}"
    if autopsy.reading is Reading.NOTHING:
        return f"{text} {_tr('So the model answered without documents.')}"
    return text


def read(autopsy: Autopsy) -> str:
    """What the model was given."""
    if autopsy.through is not None:
        return ""
    found = [each for made in autopsy.searches for each in made.found] or autopsy.found
    read_ids = {each.hit.passage.chunk_id for each in found if each.cut is Cut.READ}
    count = len(read_ids) + (0 if autopsy.searches else autopsy.also_count)
    if not count:
        return _tr("Nothing from your documents.")
    text = {
        Reading.WHOLE: _tr("All of the documents asked, {n}: they fit."),
        Reading.NEIGHBOURS: _tr("{n}: the best ones and those around them."),
    }.get(autopsy.reading, "{n}.")
    said = text.replace("{n}", words.passages(count))
    if autopsy.dropped_turns:
        said += " " + _tr("Older messages of the chat did not fit and were left out.")
    return said


def settings(autopsy: Autopsy) -> str:
    """What the answer was made with, besides the model."""
    many = str(autopsy.passages) if autopsy.passages else _tr("as many as the model handles")
    text = _tr(
        "Weight of meaning {share}, passages per answer: {many}, temperature {warm}, context "
        "length {context} tokens."
    )
    filled = {
        "share": f"{round(100 * autopsy.share)} %",
        "many": many,
        "warm": number(autopsy.temperature),
        "context": words.number(autopsy.context_length),
    }
    for name, value in filled.items():
        text = text.replace("{" + name + "}", value)
    return text


def finding(what: Finding) -> str:
    """What went wrong, in a few words."""
    return _tr(verdict_words.TITLES[what])


def verdict(found: Verdict, autopsy: Autopsy) -> tuple[str, str, str]:
    """Title, what happened, what to do."""
    return verdict_words.words(found, autopsy).said(_tr)


def expected(case: TestCase) -> str:
    """What a test case wants found, in a line."""
    wanted = case.expected
    if wanted.words:
        return f"“{wanted.words}”"
    text = " ".join(wanted.text.split())[:_CUT_TEXT]
    return f"{Path(wanted.path).name}: “{text}”"


def way(score: SettingScore) -> str:
    """A way to search."""
    text = _tr("{n} % meaning").replace("{n}", str(round(100 * score.share)))
    if score.share <= 0:
        text = _tr("Words only")
    elif score.share >= 1:
        text = _tr("Meaning only")
    if score.reranked:
        return f"{text}, {_tr('with your reranking model')}"
    return f"{text}, {_tr('with the passages around')}" if score.neighbours else text
